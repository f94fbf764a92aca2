import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readKeyUse } from '../../../src/access/secrets/stored-secrets.ts';
import { rotateSecrets } from '../../../src/access/secrets/rotate-secrets.ts';
import { decryptSecret } from '../../../src/access/secrets/encryption.ts';
import { ringOf } from '../../../src/access/secrets/key-ring.ts';
import { wholeDefinition } from '../../../src/feed/store/definition-of.ts';
import { pauseFeed } from '../../../src/feed/store/pause-feed.ts';
import { listFeeds, readFeed } from '../../../src/feed/store/read-feeds.ts';
import { setFeed } from '../../../src/feed/store/set-feed.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { BY, feedOf, KEYS, openShop, TENANT } from '../run/run-world.ts';

const COLUMNS = 'columns: { sku: a, quantity: b, updatedAt: c }\n';
let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
  await openShop(test);
});
afterAll(() => test?.drop());

describe('a feed', () => {
  it('gets a version each time it says something else, and each is in the audit list', async () => {
    expect(await feedOf(test, 'night', COLUMNS)).toMatchObject({
      version: 1,
      changed: true,
      supplier: 'acme',
    });
    expect(await feedOf(test, 'night', COLUMNS)).toMatchObject({ version: 1, changed: false });
    expect(await feedOf(test, 'night', `${COLUMNS}kind: snapshot\n`)).toMatchObject({
      version: 2,
      changed: true,
    });
    expect(await readFeed(test.database, TENANT, 'night')).toMatchObject({
      ...{ version: 2, source: 'upload', paused: false, setBy: 'ann' },
      document: { kind: 'snapshot' },
    });
    const entries = await test.database.auditEntry.findMany({
      where: { subject: 'feed/night' },
      orderBy: { id: 'asc' },
    });
    expect(entries.map(({ action, actor, after }) => [action, actor, after])).toEqual([
      ['feed.set', 'ann', { version: 1, supplier: 'acme', source: 'upload' }],
      ['feed.set', 'ann', { version: 2, supplier: 'acme', source: 'upload' }],
    ]);
  });

  it('is refused with every fault, of an unknown supplier, and of another one than before', async () => {
    const text = 'feed: bad\nsupplier: acme\nsource: { upload: {} }\nkind: all\n';
    const set = (document: string) =>
      setFeed(test.as('operator'), async () => KEYS, { tenant: TENANT, text: document, by: BY });
    await expect(set(text)).rejects.toMatchObject({
      code: 'bad_definition',
      faults: [{ path: 'columns' }, { path: 'kind' }, { path: 'columns.updatedAt' }],
    });
    const other = `feed: night\nsupplier: globex\nsource: { upload: {} }\n${COLUMNS}`;
    await expect(set(other)).rejects.toMatchObject({ code: 'unknown_supplier' });
    await test.database.supplier.create({ data: { tenantId: TENANT, id: 'globex' } });
    await expect(set(other)).rejects.toMatchObject({ code: 'other_supplier' });
  });

  it('keeps its secrets encrypted, shows signs for them, and takes the signs for what there was', async () => {
    const source = (token: string) =>
      `{ http: { url: 'https://example.com/a.csv', headers: { Authorization: '${token}' } } }`;
    await feedOf(test, 'fetched', `every: 15m\n${COLUMNS}`, source('Bearer sesame'));
    const shown = await readFeed(test.database, TENANT, 'fetched');
    expect(JSON.stringify(shown)).not.toContain('sesame');
    expect(shown?.document).toMatchObject({ source: { http: { headers: { Authorization: '•••' } } } });
    expect(shown?.nextDueAt).not.toBeNull();

    await feedOf(test, 'fetched', `every: 30m\n${COLUMNS}`, source('•••'));
    const fresh = ringOf(Buffer.alloc(32, 8), Buffer.alloc(32, 9));
    expect(await rotateSecrets(test.database, fresh, BY)).toMatchObject({ feeds: 2 });
    expect(await readKeyUse(test.database)).toEqual([
      { keyId: fresh[0].id, suppliers: 0, storefronts: 0, feeds: 2, channels: 0 },
    ]);
    const open = (sealed: Uint8Array, context: string) => decryptSecret(fresh, sealed, context);
    const named = { tenant: TENANT, feed: 'fetched', version: 2 };
    expect(await wholeDefinition(test.as('worker'), named, open)).toMatchObject({
      source: { http: { headers: { Authorization: 'Bearer sesame' } } },
      every: 1800,
    });
  });

  const SFTP = `{ sftp: { host: files.example.com, path: /out, user: u, hostKey: 'SHA256:${'A'.repeat(43)}', password: '•••' } }`;
  const S3 = "{ s3: { bucket: stock, key: id, endpoint: 'https://s3.example.com', secret: '•••' } }";
  const HTTP = "{ http: { url: 'https://example.com/a.csv', headers: { Authorization: '•••' } } }";
  it.each([
    ['sftp-host', SFTP, ['files.example.com', 'evil.example.com']],
    ['sftp-port', SFTP, ['path:', 'port: 2222, path:']],
    ['sftp-key', SFTP, ['AAAA', 'BBBB']],
    ['s3-endpoint', S3, ['s3.example.com', 's3.example.com:444']],
    ['s3-amazon', S3, [", endpoint: 'https://s3.example.com'", '']],
    ['http-host', HTTP, ['example.com', 'evil.example']],
    ['http-scheme', HTTP, ['https:', 'http:']],
  ] as const)(
    'keeps no secret for another place than it was given for: %s',
    async (name, source, [was, is]) => {
      await feedOf(test, name, COLUMNS, source.replace('•••', 'sesame'));
      await expect(feedOf(test, name, COLUMNS, source.replace(was, is))).rejects.toMatchObject({
        code: 'bad_definition',
        message: expect.stringContaining('give the secret again, because it would go to'),
      });
      // Where it lies there is no other place.
      await feedOf(
        test,
        name,
        COLUMNS,
        source.replace('/a.csv', '/b.csv').replace('/out', '/in').replace('stock', 'shelf'),
      );
      await feedOf(test, name, COLUMNS, source.replace(was, is).replace('•••', 'sesame'));
      await test.sql(`DELETE FROM feed_version WHERE feed_id = $1`, [name]);
      await test.sql(`DELETE FROM feed WHERE id = $1`, [name]);
    },
  );

  it('keeps no secret of one kind of source for another, and none for what is no source', async () => {
    await feedOf(test, 'kinds', COLUMNS, HTTP.replace('•••', 'sesame'));
    for (const source of [
      SFTP,
      '{ sftp: }',
      'nowhere',
      "{ http: { url: 5, headers: { Authorization: '•••' } } }",
    ]) {
      await expect(feedOf(test, 'kinds', COLUMNS, source)).rejects.toMatchObject({ code: 'bad_definition' });
    }
    await test.sql(`DELETE FROM feed_version WHERE feed_id = 'kinds'`);
    await test.sql(`DELETE FROM feed WHERE id = 'kinds'`);
  });

  it('takes no sign for a secret where none is kept: of a new feed, of one without any, and beside another', async () => {
    for (const source of [SFTP, S3, HTTP])
      await expect(feedOf(test, 'renamed', COLUMNS, source)).rejects.toMatchObject({
        code: 'bad_definition',
        message: expect.stringContaining('give the secret, because the feed renamed keeps none there'),
      });
    await feedOf(test, 'renamed', COLUMNS, "{ http: { url: 'https://example.com/a.csv' } }");
    await expect(feedOf(test, 'renamed', COLUMNS, HTTP)).rejects.toMatchObject({ code: 'bad_definition' });
    await feedOf(test, 'renamed', COLUMNS, HTTP.replace('•••', 'sesame'));
    await expect(
      feedOf(test, 'renamed', COLUMNS, HTTP.replace('Authorization', 'X-Key')),
    ).rejects.toMatchObject({ code: 'bad_definition' });
    await test.sql(`DELETE FROM feed_version WHERE feed_id = 'renamed'`);
    await test.sql(`DELETE FROM feed WHERE id = 'renamed'`);
  });

  it('is paused and resumed, each once, and listed', async () => {
    const pause = (paused: boolean) =>
      pauseFeed(test.as('operator'), { tenant: TENANT, feed: 'night', paused, by: BY });
    expect([await pause(true), await pause(true), await pause(false)]).toEqual([true, false, true]);
    expect((await listFeeds(test.database, TENANT)).map(({ feed, source }) => [feed, source])).toEqual([
      ['fetched', 'http'],
      ['night', 'upload'],
    ]);
  });
});
