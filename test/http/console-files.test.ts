import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packConsole } from '../../ops/prepare/pack-console.mjs';
import { startApi, type Api } from './api.ts';

const HTML = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

let api: Api;
let folder: string;
let page: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'catalog-sync-console-'));
  write('sources/index.html', '<!doctype html><head>\n    <!-- assets -->\n  </head><div id="app"></div>');
  write('sources/style.css', 'body { color: canvastext }');
  write(
    'modules/console/main.js',
    `const preact_1 = require("preact");\nconst one_js_1 = require("./pages/one.js");\n(0, one_js_1.page)(preact_1.h);`,
  );
  write(
    'modules/console/pages/one.js',
    `var two_js_1 = require("../../domain/two.js");\nObject.defineProperty(exports, "page", { get: () => two_js_1.page });`,
  );
  write(
    'modules/domain/two.js',
    `require("../console/main.js");\nexports.page = (h) => { globalThis.consoleRan = [typeof h, '\\nrequire("./nothing.js")']; };`,
  );
  write('modules/domain/unused.js', 'secret');
  packConsole({
    sources: path.join(folder, 'sources'),
    modules: path.join(folder, 'modules'),
    target: path.join(folder, 'packed'),
  });
  api = await startApi({ consoleFolder: path.join(folder, 'packed') });
  page = (await open('/')).body;
});
afterAll(async () => {
  await api?.close();
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, text: string): void {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const open = (url: string, headers: Record<string, string> = { accept: HTML }) =>
  api.app.inject({ url, headers });

describe('the console', () => {
  it('is one page for every address that is none of the API', async () => {
    for (const url of ['/sign-in', '/t/canary/item?sku=..', '/t/canary/item/CHAIR.01', '/v1x', '/sessions']) {
      const answer = await open(url);
      expect([url, answer.statusCode, answer.body]).toEqual([url, 200, page]);
      expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(answer.headers['cache-control']).toBe('no-cache');
    }
  });

  it('does not hide a fault of the API, and is no answer to a program', async () => {
    for (const url of ['/v1/nothing', '/v1', '/session', '/assets/nothing.js']) {
      expect((await open(url)).headers['content-type']).toMatch(/problem\+json/);
    }
    expect((await open('/openapi.json')).headers['content-type']).toMatch(/^application\/json/);
    for (const accept of ['*/*', 'application/json', 'text/htmlx']) {
      expect((await open('/sign-in', { accept })).statusCode).toBe(404);
    }
    const posted = await api.app.inject({ method: 'POST', url: '/sign-in', headers: { accept: HTML } });
    expect(posted.statusCode).toBe(404);
  });

  it('runs under a policy that allows its own files and its import map, and nothing else', async () => {
    const { headers } = await open('/');
    const inline = /<script type="importmap">(.*?)<\/script>/s.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(inline).digest('base64');
    expect(headers['content-security-policy']).toBe(
      `default-src 'none'; script-src 'self' 'sha256-${hash}'; style-src 'self'; img-src 'self' data:; ` +
        `connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
    );
    expect(JSON.parse(inline).imports.preact).toMatch(
      /^\/assets\/[0-9a-f]{16}\/packages\/preact\/preact.js$/,
    );
    expect(page.match(/<script/g)).toHaveLength(2);
    expect(page).not.toMatch(/https?:/);
  });

  it('names what it loads at once, so that nothing has to be found out step by step', async () => {
    const loaded = [...page.matchAll(/(?:modulepreload" href|src)="\/assets\/\w+\/([^"]+)"/g)].map(
      ([, file]) => String(file),
    );
    expect(loaded.toSorted()).toEqual([
      'console/main.js',
      'packages/preact/hooks/hooks.js',
      'packages/preact/jsx-runtime/jsxRuntime.js',
      'packages/preact/preact.js',
      'packages/uplot/uPlot.esm.js',
    ]);
    const styles = [...page.matchAll(/stylesheet" href="([^"]+)"/g)].map(([, file]) => file);
    expect(styles.map((file) => path.basename(file ?? ''))).toEqual(['uPlot.min.css', 'style.css']);
  });

  it('is one module, in which each file runs once, also where two import each other', async () => {
    const [, address = ''] = /src="([^"]+)"/.exec(page) ?? [];
    const file = path.join(folder, 'joined.mjs');
    const { body } = await open(address, {});
    expect(body).not.toContain('secret');
    // Beside node_modules of its own, where `preact` is what the import map would name.
    for (const name of ['preact', 'preact/hooks', 'preact/jsx-runtime', 'uplot']) {
      write(`node_modules/${name}/index.mjs`, 'export const h = () => null;');
      write(`node_modules/${name}/package.json`, '{"exports":{".":"./index.mjs","./*":"./*/index.mjs"}}');
    }
    writeFileSync(file, body);
    await import(/* @vite-ignore */ pathToFileURL(file).href);
    expect(Reflect.get(globalThis, 'consoleRan')).toEqual(['function', '\nrequire("./nothing.js")']);
  });

  it('has files that browsers may keep for ever, compressed beforehand', async () => {
    const files = [...page.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, file]) => file ?? '');
    for (const file of files) {
      const plain = await open(file, {});
      expect([file, plain.statusCode]).toEqual([file, 200]);
      expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(plain.headers['content-type']).toMatch(/^(text\/javascript|application\/javascript|text\/css)/);
      const small = await open(file, { 'accept-encoding': 'gzip, deflate, br' });
      expect(small.headers['content-encoding']).toBe('br');
      expect(small.headers.vary).toMatch(/accept-encoding/i);
      expect(brotliDecompressSync(small.rawPayload)).toEqual(plain.rawPayload);
      const zipped = await open(file, { 'accept-encoding': 'gzip' });
      expect(gunzipSync(zipped.rawPayload)).toEqual(plain.rawPayload);
      const known = await open(file, { 'if-none-match': String(plain.headers.etag) });
      expect(known.statusCode).toBe(304);
    }
  });

  it.each([
    '../index.html',
    '..%2f..%2fmodules%2fdomain%2funused.js',
    '%2e%2e/index.html',
    '',
    '.',
    '%00',
    'nothing/main.js',
  ])('gives no other file: %s', async (file) => {
    const answer = await open(`/assets/${file}`, {});
    expect([400, 401, 403, 404]).toContain(answer.statusCode);
    expect(answer.body).not.toContain('secret');
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('that is not built says so, and the API goes on', async () => {
    const bare = await startApi({ consoleFolder: path.join(folder, 'nowhere') });
    try {
      const answer = await bare.app.inject({ url: '/', headers: { accept: HTML } });
      expect([answer.statusCode, answer.json().detail]).toEqual([404, expect.stringContaining('prepare')]);
      expect((await bare.get('/healthz')).statusCode).toBe(200);
    } finally {
      await bare.close();
    }
  });
});

describe('packing', () => {
  it('refuses what a browser could not load', () => {
    write('foreign/console/main.js', `const zod_1 = require("zod");`);
    const folders = {
      sources: path.join(folder, 'sources'),
      modules: path.join(folder, 'foreign'),
      target: path.join(folder, 'refused'),
    };
    expect(() => packConsole(folders)).toThrow(/console\/main\.js imports zod/);
  });
});
