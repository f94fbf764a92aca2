import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OwnEventFate, OwnEvents } from '../../src/http/routes/own-events-schema.ts';
import { seconds } from '../../src/domain/time.ts';
import { voidEvent } from '../../src/manual/void-event.ts';
import { saveEvent } from '../support/ledger.ts';
import { NOW, startApi, SUPPLIER, TENANT, type Api } from './api.ts';

const RIVAL = 'rival';
const of = (supplier: string, rest: string): string => `/v1/tenants/${TENANT}/suppliers/${supplier}/${rest}`;

let api: Api;
let token: string;

beforeAll(async () => {
  api = await startApi();
  await api.database.supplier.create({ data: { tenantId: TENANT, id: RIVAL, state: 'open' } });
  token = await api.token('supplier');
});
afterAll(() => api?.close());

/** Sends an event's way to its end. `at` in seconds after a moment that all share. */
const save = (supplier: string, eventId: string, sku: string, quantity: number, at = 0, location = '') =>
  saveEvent(api, TENANT, sku, { supplier, eventId, quantity, updatedAt: NOW + seconds(at - 600), location });

const events = async (query = ''): Promise<OwnEvents['events']> => {
  const answer = await api.get(of(SUPPLIER, `events${query}`), token);
  expect(answer.statusCode).toBe(200);
  return answer.json<OwnEvents>().events;
};
const fates = async (sku: string): Promise<Record<string, string>> =>
  Object.fromEntries((await events(`?sku=${sku}`)).map((one) => [one.eventId, one.fate]));

describe("a supplier's token", () => {
  it('sees what became of its own events', async () => {
    await save(SUPPLIER, 'old', 'LAMP', 5);
    await save(SUPPLIER, 'new', 'LAMP', 4, 1);
    await save(SUPPLIER, 'west', 'LAMP', 7, 2, 'west');
    await save(SUPPLIER, 'wrong', 'LAMP', 99, 3);
    const by = { actor: 'ada', reason: 'the boss said so' };
    await voidEvent(api.database, { tenant: TENANT, supplier: SUPPLIER, eventId: 'wrong', ...by });
    expect(await fates('lamp')).toEqual({
      old: 'replaced',
      new: 'standing',
      west: 'standing',
      wrong: 'withdrawn',
    });
    expect(JSON.stringify(await events())).not.toMatch(/ada|boss/);
  });

  it('sees one of them, and what it says of the item now', async () => {
    const answer = await api.get(of(SUPPLIER, 'event?event=old'), token);
    expect(answer.json<OwnEventFate>()).toMatchObject({
      event: { eventId: 'old', fate: 'replaced', standing: 'new', words: expect.stringContaining('new') },
      figures: [
        { location: null, eventId: 'new', quantity: 4, expired: false },
        { location: 'west', eventId: 'west', quantity: 7, expired: false },
      ],
    });
    expect((await api.get(of(SUPPLIER, 'event?event=nothing'), token)).statusCode).toBe(404);
    expect((await api.get(of(SUPPLIER, 'event?event=%00'), token)).statusCode).toBe(404);
  });

  it('sees what was rejected, what waits, and what came again', async () => {
    await api.send({ id: 'waits', sku: 'SOFA', quantity: 1, updatedAt: '2026-06-01T09:59:00Z' });
    await api.send({ id: 'waits', sku: 'SOFA', quantity: 1, updatedAt: '2026-06-01T09:59:00Z' });
    await api.send({ id: 'ahead', sku: 'SOFA', quantity: 1, updatedAt: '2026-07-01T09:59:00Z' });
    await api.sql(
      `UPDATE supplier_event SET decision = 'rejected', rule = 'clock_drift', failure_mode = 'clock_drift',
              failure_detail = 'a month ahead', decision_no = nextval('decision_no_seq'), decided_at_us = 1
        WHERE event_id = 'ahead'`,
    );
    const [ahead, waits] = await events('?sku=SOFA');
    expect(ahead).toMatchObject({
      fate: 'rejected',
      failureMode: 'clock_drift',
      words: 'It was rejected: a month ahead.',
    });
    expect(waits).toMatchObject({ fate: 'waiting', duplicates: 1, conflicts: 0 });
  });

  it('is told of a code that the shop does not know, and what to do about it', async () => {
    await api.sql(`UPDATE tenant SET unknown_skus = 'hold' WHERE id = $1`, [TENANT]);
    await api.send({ id: 'by-code', sku: '4711', quantity: 1, updatedAt: '2026-06-01T09:59:00Z' });
    await api.sql(`UPDATE tenant SET unknown_skus = 'take' WHERE id = $1`, [TENANT]);
    expect(await events('?sku=4711')).toMatchObject([
      {
        eventId: 'by-code',
        fate: 'held',
        failureMode: 'unknown_sku',
        words: expect.stringMatching(
          /^The shop has no alias that fits this code.*tell the shop which item it is/,
        ),
      },
    ]);
    await api.sql(`UPDATE supplier_event SET item_id = 'canary:4711' WHERE event_id = 'by-code'`);
    expect(await events('?sku=4711')).toMatchObject([
      { fate: 'held', failureMode: null, words: expect.stringMatching(/lets your events through/) },
    ]);
  });

  it('is told the very same, byte by byte, whatever a rival says', async () => {
    await save(SUPPLIER, 'b-1', 'BED', 5);
    await save(SUPPLIER, 'b-2', 'BED', 6, 1);
    const told = async () => [
      (await api.get(of(SUPPLIER, 'events?sku=BED'), token)).body,
      (await api.get(of(SUPPLIER, 'event?event=b-2'), token)).body,
    ];
    const alone = await told();
    await save(RIVAL, 'r-1', 'BED', 3, 2);
    await save(RIVAL, 'r-2', 'BED', 1, -5);
    await save(RIVAL, 'r-3', 'BED', 2, 1);
    const [item] = await api.sql('SELECT supplier_id FROM catalog_item WHERE sku = $1', ['BED']);
    expect(item).toEqual({ supplier_id: RIVAL });
    expect(await told()).toEqual(alone);
    await api.sql(
      `UPDATE supplier_event SET failure_mode = 'publish_rejected', failure_detail = 'no' WHERE event_id = 'b-2'`,
    );
    expect(await told()).toEqual(alone);
  });

  it('goes through a long list by its pages', async () => {
    const seen: string[] = [];
    let next: string | undefined = of(SUPPLIER, 'events?limit=3');
    while (next !== undefined) {
      const answer = await api.get(next, token);
      seen.push(...answer.json<OwnEvents>().events.map((one) => one.eventId));
      next = /<([^>]+)>/.exec(String(answer.headers.link ?? ''))?.[1];
    }
    expect(seen.toSorted()).toEqual((await events()).map((one) => one.eventId).toSorted());
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('signs in to the console as what it is, and a session shows no more', async () => {
    const answer = await api.get('/session', token);
    expect(answer.json()).toMatchObject({ role: 'supplier', tenant: TENANT, supplier: SUPPLIER });
  });
});

it('somebody of the tenant sees the same, of each supplier', async () => {
  const viewer = await api.token('viewer', TENANT);
  const own = await api.get(of(SUPPLIER, 'events'), token);
  expect((await api.get(of(SUPPLIER, 'events'), viewer)).body).toBe(own.body);
  expect((await api.get(of(RIVAL, 'events'), viewer)).json<OwnEvents>().events).toHaveLength(3);
  expect((await api.get(of('nobody', 'events'), viewer)).statusCode).toBe(404);
});
