import { describe, expect, it } from 'vitest';
import { readStorefront } from '../../../../src/storefronts/storefront-document.ts';

interface Parts {
  request?: object;
  page?: object;
}

const document = ({ request = {}, page = {} }: Parts) =>
  JSON.stringify({
    url: 'http://cache.example.com',
    requests: [{ path: '/products/{sku}', ...request }],
    page: { path: '/products/{sku}', quantity: { css: '.stock' }, ...page },
  });
const faultsOf = (parts: Parts) =>
  readStorefront('purge', document(parts)).then(
    () => [],
    (error: { faults?: { path: string; fault: string }[] }) => {
      if (!error.faults) throw error;
      return error.faults;
    },
  );

describe('the document of a cache', () => {
  it.each([
    ['requests.0.nothing.body', { request: { nothing: { body: '("count": 0' } } }, /RE2.*missing closing \)/],
    ['page.quantity.pattern', { page: { quantity: { pattern: '(?<=Stock )\\d+' } } }, /RE2/],
    ['page.quantity.css', { page: { quantity: { css: 'b[' } } }, /CSS selector/],
    ['page.quantity.css', { page: { quantity: { css: 'b:nope' } } }, /CSS selector.*:nope/],
    ['page.quantity.css', { page: { quantity: { css: ' ' } } }, /CSS selector/],
    ['page.version.json', { page: { version: { json: 'offers/0' } } }, /JSON pointer.*begins with \//],
    ['page.version.json', { page: { version: { json: '/a~2b' } } }, /JSON pointer/],
    ['page.quantity', { page: { quantity: { css: 'b', json: '' } } }, /exactly one of json, css and pattern/],
    ['page.path', { page: { path: '/products/../{sku}' } }, /segment/],
    ['requests.0.path', { request: { path: '/%2E/{sku}' } }, /segment/],
    ['page.url', { page: { url: 'http://user:word@cache.example.com' } }, /user or a password/],
  ])('names the fault of %s', async (path, parts, fault) => {
    expect(await faultsOf(parts)).toEqual([{ path, fault: expect.stringMatching(fault) }]);
  });

  it.each([
    { request: { nothing: { body: '"count":\\s*0\\b' } } },
    { page: { quantity: { pattern: '(?i)stock: (\\d+)' }, version: { json: '' } } },
    { page: { quantity: { json: '/offers/0/a~1b~0c' }, version: { css: 'p:has(> b) ~ .stock' } } },
    { request: { path: '/a..b/.hidden/{sku}?up=../x' }, page: { url: 'https://www.example.com/shop' } },
  ])('takes what can be looked up: %j', async (parts) => {
    expect(await faultsOf(parts)).toEqual([]);
  });
});
