import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { renderApiPage } from '../../src/http/api-page/render-api-page.ts';
import { startApi, type Api } from './api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi({ limits: { addressRequestsPerMinute: 20 } });
});
afterAll(() => api?.close());

it('is a page without a token, a script or anything from elsewhere, that names every route', async () => {
  const answer = await api.get('/api-docs');
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  const page = answer.body;
  const { paths, webhooks } = (await api.get('/openapi.json')).json<
    Record<'paths' | 'webhooks', Record<string, object>>
  >();
  for (const path of Object.keys({ ...paths, ...webhooks })) expect(page).toContain(`${path}</code>`);
  expect(page).not.toMatch(/<script|https?:\/\/(?!json-schema)|javascript:| on\w+=/);
  const policy = String(answer.headers['content-security-policy']);
  const style = /<style>([^]*)<\/style>/.exec(page)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(policy).toContain(`style-src 'sha256-${hash}'`);
  expect(policy).toContain("default-src 'none'");
});

it('leads to what is on it', async () => {
  const { body } = await api.get('/api-docs');
  const ids = new Set([...body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
  const links = [...body.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter((id) => !ids.has(id))).toEqual([]);
});

it('writes whatever a description holds as text', () => {
  const page = renderApiPage({
    info: { title: '<b>x</b>', version: '1', description: '`a` & <img src=x onerror=alert(1)>' },
    paths: { '/"><script>': { get: { summary: "it's <i>" } } },
  });
  expect(page).not.toMatch(/<b>|<img|<script|<i>/);
  expect(page).toContain('<code>a</code> &amp; &lt;img');
});

it('and the description count as requests of an address, like others', async () => {
  const statuses = [];
  for (let no = 0; no < 25; no += 1) statuses.push((await api.get('/openapi.json')).statusCode);
  expect(statuses).toContain(429);
});
