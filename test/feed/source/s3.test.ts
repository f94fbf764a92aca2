import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3Source } from '../../../src/feed/source/s3.ts';

/** Two pages of a list, and what lies behind the keys. */
const PAGES: Record<string, string> = {
  first: `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>go+on=</NextContinuationToken>
    <Contents><Key>out%2Fstock+2.csv</Key><LastModified>2026-11-20T06:00:00.000Z</LastModified><ETag>&quot;b&quot;</ETag></Contents>
    <Contents><Key>out%2F</Key><LastModified>2026-11-20T06:00:00.000Z</LastModified><ETag>&quot;x&quot;</ETag></Contents></ListBucketResult>`,
  second: `<ListBucketResult><IsTruncated>false</IsTruncated>
    <Contents><Key>out%2Fa%26b.csv</Key><LastModified>2026-11-19T06:00:00.000Z</LastModified><ETag>&quot;a&quot;</ETag></Contents></ListBucketResult>`,
};
let server: Server;
const asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    asked.push(request.headers.authorization ?? 'nobody');
    if (pathname !== '/shop-files/') return response.end(`file ${decodeURIComponent(pathname)}`);
    if (searchParams.get('prefix') === 'cut/') {
      response.writeHead(200, { 'content-length': 10_000 }).write(PAGES.first);
      return setTimeout(() => response.destroy(), 50);
    }
    if (searchParams.get('prefix') === 'endless/') {
      return response.end(
        PAGES.first?.replace('<Contents>', `<Contents><Key>a</Key></Contents>`.repeat(5_000) + '<Contents>'),
      );
    }
    if (searchParams.get('prefix') === 'long/') return response.end('<Contents>'.repeat(1_000_000));
    if (searchParams.get('prefix') !== 'out/') return response.writeHead(403).end();
    return response.end(searchParams.get('continuation-token') === 'go+on=' ? PAGES.second : PAGES.first);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const sourceOf = (prefix: string, more: object = {}) =>
  s3Source(
    {
      bucket: 'shop-files',
      prefix,
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ...more,
    },
    { signal: new AbortController().signal },
  );

describe('a bucket', () => {
  it('gives its objects, the oldest first, under any name', async () => {
    const files = await sourceOf('out/', { key: 'id', secret: 'secret', region: 'eu-central-1' }).look(
      () => false,
    );
    expect(files.map(({ name, state }) => [name, state])).toEqual([
      ['a&b.csv', 'out/a&b.csv "a"'],
      ['stock 2.csv', 'out/stock 2.csv "b"'],
    ]);
    const [, second] = files;
    expect(second && (await text(Readable.from(await second.open())))).toBe(
      'file /shop-files/out/stock 2.csv',
    );
    expect(asked[0]).toMatch(/^AWS4-HMAC-SHA256 Credential=id\/\d{8}\/eu-central-1\/s3\/aws4_request,/);
  });

  it('is asked again when its list is cut', async () => {
    await expect(sourceOf('cut/').look(() => false)).rejects.toMatchObject({
      ...{ name: 'SourceFailed', passes: true, message: expect.stringContaining('shop-files was cut') },
    });
  });

  it.each([
    ['endless/', 'shop-files has more than 100000 keys that begin with endless/: name a longer prefix'],
    ['long/', 'the list of shop-files is longer than a thousand keys are'],
  ])('is refused where its list has no end: %s', async (prefix, message) => {
    await expect(sourceOf(prefix).look(() => false)).rejects.toMatchObject({
      ...{ name: 'SourceFailed', passes: false, message: expect.stringContaining(message) },
    });
  });

  it('says that it does not let us in', async () => {
    await expect(sourceOf('other/').look(() => false)).rejects.toMatchObject({
      passes: false,
      message: expect.stringContaining('403'),
    });
    expect(asked.at(-1)).toBe('nobody');
  });
});
