import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDemoStorefront } from '../../src/demo-storefront/create-demo-storefront.ts';
import { markup } from '../../src/demo-storefront/markup.ts';

function start(quantity = 3) {
  const storefront = createDemoStorefront({
    secrets: { canary: Buffer.alloc(32) },
    readItem: ({ sku }) => Promise.resolve(sku === 'NONE' ? undefined : { quantity, version: 2 }),
  });
  onTestFinished(() => storefront.close());
  return storefront;
}

describe('pages', () => {
  it.each([
    [0, 'Sold out'],
    [3, 'Only 3 left'],
    [30, '30 in stock'],
  ])('say what %i pieces mean', async (quantity, words) => {
    const page = await start(quantity).inject('/products/canary:CHAIR-01');
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain(words);
    expect(page.body).toContain('<h1>CHAIR-01</h1>');
    expect(page.body).toMatch(/<time datetime="\d{4}-/);
  });

  it('escape what they show, run no script, and load nothing', async () => {
    const sku = `<script>alert('1')</script>"&`;
    const storefront = start();
    const path = `/products/${encodeURIComponent(`canary:${sku}`)}`;
    for (const page of [
      await storefront.inject(path),
      await storefront.inject('/'),
      await storefront.inject(`/products/${encodeURIComponent(sku.slice(0, 50))}`),
    ]) {
      expect(page.body).not.toContain('<script');
      expect(page.headers['content-security-policy']).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+';/,
      );
      expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    }
    expect((await storefront.inject('/')).body).toContain(`href="${path.replaceAll("'", '&#39;')}"`);
  });

  it('are shown with their style sheet, which the policy names by its hash', async () => {
    const page = await start().inject('/');
    const style = /<style>([^]*)<\/style>/.exec(page.body)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(style).toContain('color-scheme');
    expect(page.headers['content-security-policy']).toContain(`'sha256-${hash}'`);
  });

  it('are 404 for a product that is not there', async () => {
    expect((await start().inject('/products/canary:NONE')).statusCode).toBe(404);
  });

  it('list the known products, 200 at a time', async () => {
    const storefront = start();
    expect((await storefront.inject('/')).body).toContain('No product is known yet');
    for (let item = 1; item <= 201; item += 1) await storefront.inject(`/items/canary:S-${item}`);
    const rows = async (query: string) =>
      (await storefront.inject(`/${query}`)).body.match(/<a href="\/products\/[^"]+">/g) ?? [];
    expect(await rows('')).toHaveLength(200);
    expect(await rows('?page=2')).toEqual(['<a href="/products/canary%3AS-201">']);
    expect(await rows('?page=99')).toHaveLength(1);
    expect(await rows('?page=-1')).toHaveLength(200);
    expect(await rows('?page=x')).toHaveLength(200);
  });
});

it('markup escapes values in text and attributes, but not HTML', () => {
  const part = markup`<b title="${`"'<&>`}">${1}</b>`;
  expect(part.html).toBe('<b title="&quot;&#39;&lt;&amp;&gt;">1</b>');
  expect(markup`<p>${[part, part]}</p>`.html).toBe(`<p>${part.html}${part.html}</p>`);
});
