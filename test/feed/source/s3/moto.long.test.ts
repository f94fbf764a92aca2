import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { s3Source } from '../../../../src/feed/source/s3.ts';
import { testDatabase, type TestDatabase } from '../../../support/database.ts';
import { isMissing } from '../../../support/fetched-program.ts';
import { findMoto, startMoto, type Moto } from '../../../support/moto.ts';
import { feedOf, openShop } from '../../run/run-world.ts';
import { fetchNow } from '../fetching.ts';

const found = await findMoto();
const COLUMNS = 'columns: { sku: sku, quantity: qty, updatedAt: at }\n';
const stock = (quantity: number): string => `sku,qty,at\nA,${quantity},2026-11-20T06:00:00Z\n`;

describe.skipIf(isMissing('moto', found))('a bucket of moto, which checks each signature', () => {
  let moto: Moto;
  let test: TestDatabase;
  beforeAll(async () => {
    moto = await startMoto('folder' in found ? found.folder : '');
  });
  afterAll(() => moto?.close());
  beforeEach(async () => {
    test = await testDatabase();
    await openShop(test);
  });
  afterEach(() => test?.drop());

  const source = (bucket: string, more: object = {}) => ({
    ...{ bucket, prefix: 'out/', endpoint: moto.url, key: moto.key, secret: moto.secret, ...more },
  });

  it('gives each state of each object once', async () => {
    await feedOf(test, 'night', COLUMNS, JSON.stringify({ s3: source('once') }));
    await moto.put('once', 'out/stock.csv', stock(1));
    await moto.put('once', 'other/stock.csv', 'x');
    expect(await fetchNow(test, 'night')).toMatchObject({
      ...{ state: 'completed', file: { name: 'stock.csv' }, events: { accepted: 1 } },
    });
    expect((await fetchNow(test, 'night')).state).toBe('unchanged');
    await moto.put('once', 'out/stock.csv', stock(2));
    expect(await fetchNow(test, 'night')).toMatchObject({ state: 'completed', events: { accepted: 1 } });
    expect((await fetchNow(test, 'night')).state).toBe('unchanged');
  });

  it('gives objects of any name', async () => {
    const names = ["Bestand (neu) & 'alt'.csv", 'größe+50%.csv', 'a b~c!*.csv', '100%25.csv'];
    for (const name of names) await moto.put('names', `out/${name}`, `content of ${name}`);
    const files = await s3Source(source('names'), { signal: new AbortController().signal }).look(() => false);
    expect(files.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    for (const file of files)
      expect(await text(Readable.from(await file.open()))).toBe(`content of ${file.name}`);
  });

  it('is closed to another secret', async () => {
    await moto.put('closed', 'out/stock.csv', stock(1));
    await feedOf(test, 'night', COLUMNS, JSON.stringify({ s3: source('closed', { secret: 'another' }) }));
    const { state, failure } = await fetchNow(test, 'night', { attempt: 1 });
    expect([state, failure]).toEqual(['failed', expect.stringMatching(/answered 403/)]);
  });
});
