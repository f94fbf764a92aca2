#!/usr/bin/env node
// Takes what a storefront is told, and shows it. Needs Node 18 or later and nothing else.
//
//   STOREFRONT_SECRET=whsec_… PORT=8099 node receive.mjs
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import process from 'node:process';
import { buffer } from 'node:stream/consumers';

const { STOREFRONT_SECRET = '', PORT = '8099', HOST = '127.0.0.1' } = process.env;
const key = Buffer.from(STOREFRONT_SECRET.replace(/^whsec_/, ''), 'base64');
// In a shop a table: INSERT … ON CONFLICT (item_id) DO UPDATE … WHERE excluded.version >= item.version.
const items = new Map();

function isSigned(
  { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures },
  body,
) {
  if (!id || !signatures || !(Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300)) return false;
  const right = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  // Several while the secret changes: one has to be right.
  const given = signatures.split(' ').map((one) => Buffer.from(one.replace(/^v1,/, ''), 'base64'));
  return given.some((one) => one.length === right.length && timingSafeEqual(one, right));
}

function take({ itemId, version, quantity }) {
  const kept = items.get(itemId);
  if (kept && version < kept.version) return { accepted: true, reason: 'superseded' };
  items.set(itemId, { quantity, version });
  return { accepted: true };
}

async function answer({ method, url, headers }, readBody) {
  if (method === 'POST' && url === '/cache-busts') {
    if (!(Number(headers['content-length']) <= 65_536)) return [413, { reason: 'too large' }];
    const body = await readBody();
    return isSigned(headers, body) ? [200, take(JSON.parse(body))] : [401, { reason: 'not signed' }];
  }
  const item = url.startsWith('/items/') && items.get(decodeURIComponent(url.slice('/items/'.length)));
  return item ? [200, item] : [404, { reason: 'no such item' }];
}

const server = createServer(async (request, response) => {
  const [status, json] = await answer(request, () => buffer(request)).catch(() => [
    400,
    { reason: 'bad request' },
  ]);
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(json));
});
server.listen(Number(PORT), HOST, () => console.log(`http://${HOST}:${server.address().port}`));
