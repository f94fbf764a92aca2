#!/usr/bin/env node
// Sends one event, signed. Needs Node 18 or later and nothing else.
//
//   export CATALOG_URL=https://sync.example.com CATALOG_TENANT=shop CATALOG_SUPPLIER=acme CATALOG_SECRET=whsec_…
//   node send.mjs CHAIR-01 5
import { createHmac, randomUUID } from 'node:crypto';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const TRIES = 5;
const { CATALOG_URL, CATALOG_TENANT, CATALOG_SUPPLIER, CATALOG_SECRET = '' } = process.env;
const [sku, quantity, id = `evt-${randomUUID()}`] = process.argv.slice(2);
if (quantity === undefined) {
  console.error('usage: send.mjs SKU QUANTITY [EVENT-ID]');
  process.exit(2);
}

const url = `${CATALOG_URL}/v1/tenants/${CATALOG_TENANT}/suppliers/${CATALOG_SUPPLIER}/events`;
const key = Buffer.from(CATALOG_SECRET.replace(/^whsec_/, ''), 'base64');
// The very bytes that are signed are sent, and the same ones with every try: what arrives twice counts once.
const messageId = `msg-${randomUUID()}`;
const body = JSON.stringify({ id, sku, quantity: Number(quantity), updatedAt: new Date().toISOString() });

/** One try; `wait` says after how many seconds it is to be tried again. */
async function post() {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', key).update(`${messageId}.${timestamp}.${body}`).digest('base64');
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': messageId,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${signature}`,
      },
      body,
      signal: AbortSignal.timeout(10_000),
    });
    const again = answer.status === 429 || answer.status >= 500;
    const wait = again ? Number(answer.headers.get('retry-after') ?? 2) : undefined;
    return { status: answer.status, text: await answer.text(), wait };
  } catch (error) {
    return { status: 0, text: String(error), wait: 2 };
  }
}

let answer = await post();
for (let tries = 1; answer.wait !== undefined && tries < TRIES; tries += 1) {
  await sleep(answer.wait * 1000);
  answer = await post();
}
console.log(answer.status, answer.text);
process.exitCode = answer.status === 202 ? 0 : 1;
