import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SAME_MOMENT } from '../../src/domain/same-moment.ts';
import { addSupplierSecret } from '../../src/access/supplier-secrets.ts';
import { parseSecret } from '../../src/standard-webhooks/secret.ts';
import { startApi, SUPPLIER, TENANT, type Api } from './api.ts';

const EVENT = { sku: 'chair-01', quantity: 5, updatedAt: '2026-06-01T09:59:00Z' };

let api: Api;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.close());

const rowOf = (eventId: string) => api.database.supplierEvent.findFirstOrThrow({ where: { eventId } });

/** What is kept of the fields that a supplier sends in vain. */
const ignoredOf = async (supplier: string): Promise<Record<string, number>> => {
  const rows = await api.database.ignoredField.findMany({ where: { supplierId: supplier } });
  return Object.fromEntries(rows.map(({ field, count }) => [field, Number(count)]));
};

const newSupplier = async (id: string): Promise<{ supplier: string; secret: Buffer }> => {
  await api.database.supplier.create({ data: { tenantId: TENANT, id, state: 'open' } });
  return {
    supplier: id,
    secret: parseSecret(await addSupplierSecret(api.database, api.secretsKeys, TENANT, id)),
  };
};

describe('a location', () => {
  it('is part of what an event says: another one is a conflict that names it', async () => {
    const event = { id: 'there', ...EVENT, location: 'WH-1' };
    expect((await api.send(event)).statusCode).toBe(202);
    expect((await rowOf('there')).location).toBe('WH-1');
    expect((await api.send({ ...event, location: ' WH-1 ' })).json().results[0].status).toBe('duplicate');
    const other = await api.send({ ...event, location: 'WH-2' });
    expect(other.json().errors).toEqual([
      { pointer: '/location', detail: 'was "WH-1" when this id was first received' },
    ]);
    const none = await api.send([{ ...event, location: undefined }]);
    expect(none.json().results).toMatchObject([{ status: 'conflict', errors: [{ pointer: '/0/location' }] }]);
    const { seq } = await rowOf('there');
    const kept = await api.database.duplicateDelivery.findMany({ where: { seq, conflict: true } });
    const said = { sku: 'chair-01', quantity: 5, updatedAtUs: expect.any(String) };
    expect(kept.map(({ content }) => content)).toEqual([{ ...said, location: 'WH-2' }, said]);
  });

  it('that is not named leaves the digest of an event as it ever was', async () => {
    await api.send({ id: 'nowhere', ...EVENT });
    const [row] = await api.sql<{ same: boolean; location: string }>(
      `SELECT digest = sha256(convert_to(sku || E'\\n' || quantity || E'\\n' || updated_at_us, 'UTF8')) AS same, location
         FROM supplier_event WHERE event_id = 'nowhere'`,
    );
    expect(row).toEqual({ same: true, location: '' });
  });

  it('keeps two events without an id apart', async () => {
    const answer = await api.send([
      { ...EVENT, sku: 'apart', location: 'A' },
      { ...EVENT, sku: 'apart', location: 'B' },
      { ...EVENT, sku: 'apart' },
    ]);
    expect(answer.json().results.map(({ status }: { status: string }) => status)).toEqual([
      ...['accepted', 'accepted', 'accepted'],
    ]);
    expect(answer.json().warnings).toBeUndefined();
  });
});

describe('a quantity below 0', () => {
  it.each([-1, -2_147_483_648])('is kept as it was sent: %d', async (quantity) => {
    const id = `oversold${quantity}`;
    expect((await api.send({ id, ...EVENT, quantity })).statusCode).toBe(202);
    expect((await rowOf(id)).quantity).toBe(quantity);
  });

  it('is nothing that a person may correct an item to', async () => {
    await api.send({ id: 'by-hand', ...EVENT, quantity: -1 });
    const fix = `UPDATE supplier_event SET kind = 'correction', reason = 'x', actor = 'x' WHERE event_id = 'by-hand'`;
    await expect(api.sql(fix)).rejects.toThrow('supplier_event_correction_not_negative');
  });
});

describe('a moment finer than a microsecond', () => {
  it('is cut, and kept as it was sent', async () => {
    const updatedAt = '2026-06-01T11:59:00.123456789+02:00';
    await api.send({ id: 'fine', ...EVENT, updatedAt });
    await api.send({ id: 'coarse', ...EVENT, updatedAt: '2026-06-01T09:59:00.1234560Z' });
    const [fine, coarse] = [await rowOf('fine'), await rowOf('coarse')];
    expect(fine).toMatchObject({ updatedAtUs: coarse.updatedAtUs, updatedAtSent: updatedAt });
    expect(coarse.updatedAtSent).toBeNull();
  });
});

describe('a field that is not read', () => {
  it('is ignored, named in the answer and counted', async () => {
    const sender = await newSupplier('talkative');
    const answer = await api.send({ id: 'a', ...EVENT, colour: 'red', toString: 1 }, sender);
    expect([answer.statusCode, answer.json().ignored]).toEqual([202, ['colour', 'toString']]);
    const events = [
      { id: 'b', ...EVENT, colour: 'red' },
      { id: 'c', ...EVENT, colour: { deep: [1] } },
      { id: 'd', ...EVENT },
    ];
    expect((await api.send(events, sender)).json().ignored).toEqual(['colour']);
    expect((await api.send({ id: 'e', ...EVENT }, sender)).json().ignored).toBeUndefined();
    expect(await ignoredOf('talkative')).toEqual({ colour: 3, toString: 1 });
  });

  it('has its name kept only among the first 50 of a supplier, also when many deliveries come at once', async () => {
    const sender = await newSupplier('inventive');
    const named = (from: number): object =>
      Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${from + index}${'x'.repeat(70)}`, 1]));
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, nth) =>
        api.send({ id: `e-${nth}`, ...EVENT, ...named(nth * 20) }, sender),
      ),
    );
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([202]));
    const kept = await ignoredOf('inventive');
    expect(Object.keys(kept)).toHaveLength(51);
    expect(Object.values(kept).reduce((sum, count) => sum + count)).toBe(240);
    expect(Math.max(...Object.keys(kept).map((name) => name.length))).toBe(64);
  });

  it('is counted by each of many deliveries at once', async () => {
    const sender = await newSupplier('busy');
    await Promise.all(
      Array.from({ length: 20 }, (_, nth) =>
        api.send(
          [
            { id: `e-${nth}`, ...EVENT, b: 1, a: 1 },
            { id: 'same', ...EVENT, a: 1 },
          ],
          sender,
        ),
      ),
    );
    expect(await ignoredOf('busy')).toEqual({ a: 40, b: 20 });
  });

  it('is no event without a field that is needed', async () => {
    const answer = await api.send({ sku: 'A', qty: 5, updated_at: EVENT.updatedAt });
    expect(answer.json().errors).toEqual([
      { pointer: '/quantity', detail: 'is missing' },
      { pointer: '/updatedAt', detail: 'is missing' },
    ]);
    expect(await ignoredOf(SUPPLIER)).toEqual({});
  });
});

describe('an item twice at the same moment in one delivery', () => {
  it('is taken with a warning, which stands beside a conflict too', async () => {
    const answer = await api.send([
      { id: 'one', ...EVENT, sku: 'twice' },
      { id: 'two', ...EVENT, sku: 'twice', quantity: 6 },
      { id: 'one', ...EVENT, sku: 'twice', quantity: 7 },
    ]);
    expect(answer.statusCode).toBe(202);
    expect(answer.json().warnings).toEqual([{ pointer: '/1', message: SAME_MOMENT }]);
    expect(answer.json().results).toMatchObject([
      { status: 'accepted' },
      { status: 'accepted' },
      { status: 'conflict' },
    ]);
  });
});
