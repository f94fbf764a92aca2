import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/client.ts';
import { mustParseTime } from '../../src/domain/time.ts';
import { compareContenders, type Contender } from '../../src/domain/winner.ts';
import { traceItem } from '../../src/trace/find-trace.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { CONTEST_SUPPLIERS, contestEvents, foldContest, sendContest } from '../support/system-contest.ts';
import {
  leavePlace,
  runCli,
  sql,
  startProduct,
  takePlace,
  type Place,
  type RunningStart,
} from '../support/system-start.ts';
import { openSenders } from '../support/system-supplier.ts';
import { until } from '../support/until.ts';

const EVENTS = 1_000;
const ORDERS = ['order-1', 'order-2', 'order-3'];

const events = contestEvents(EVENTS, 16);
const winners = foldContest(events);
const known = new Map<string, Contender>(
  events.map((event) => [`${event.supplier}/${event.eventId}`, event]),
);

let place: Place;
let product: RunningStart;

beforeAll(async () => {
  place = await takePlace();
  product = await startProduct(place, { args: ['--no-sample'] });
});

afterAll(() => leavePlace(place));

describe('the same 1,000 events in three random orders, each sent three times by 16 clients at once', () => {
  it('are each taken once, and all further deliveries recorded', async () => {
    for (const [index, tenant] of ORDERS.entries()) {
      const senders = await openSenders(place, product, tenant, CONTEST_SUPPLIERS);
      const counts = await sendContest(events, senders, { seed: 100 + index, clients: 16 });
      expect(counts).toEqual({ accepted: EVENTS, duplicate: 2 * EVENTS });
    }
    const rows = await sql(
      product,
      `SELECT tenant_id, count(*)::integer AS events, sum(again)::integer AS duplicates,
              min(again)::integer AS fewest, sum(conflicts)::integer AS conflicts
         FROM supplier_event
        CROSS JOIN LATERAL (SELECT count(*) AS again, count(*) FILTER (WHERE conflict) AS conflicts
                              FROM duplicate_delivery d WHERE d.seq = supplier_event.seq) AS deliveries
        GROUP BY tenant_id ORDER BY tenant_id`,
    );
    const each = { events: EVENTS, duplicates: 2 * EVENTS, fewest: 2, conflicts: 0 };
    expect(rows).toEqual(ORDERS.map((tenant_id) => ({ tenant_id, ...each })));
  });

  it('give the item rows that a fold of the events gives, whatever the order', async () => {
    await until(async () => {
      const [row] = await sql<{ left: number }>(
        product,
        'SELECT count(*)::integer AS left FROM supplier_event WHERE start_due_us IS NOT NULL',
      );
      if (row?.left !== 0) throw new Error(`${row?.left} events are under way`);
      return true;
    }, 270_000);
    for (const tenant of ORDERS) {
      const rows = await sql<
        Record<'sku' | 'supplier_id' | 'event_id' | 'at', string> & { quantity: number }
      >(
        product,
        'SELECT sku, quantity, updated_at_us::text AS at, supplier_id, event_id FROM catalog_item WHERE tenant_id = $1',
        [tenant],
      );
      const found = rows.map(({ sku, quantity, at, supplier_id, event_id }) => [
        sku,
        { supplier: supplier_id, eventId: event_id, quantity, updatedAt: BigInt(at) },
      ]);
      expect(Object.fromEntries(found), tenant).toEqual(Object.fromEntries(winners));
    }
  });

  it('are decided once each, and their last versions are what the storefront shows', async () => {
    const [row] = await sql(
      product,
      `SELECT count(*) FILTER (WHERE decision IS NULL)::integer AS undecided,
              (SELECT count(*)::integer FROM catalog_item_version v JOIN catalog_item i USING (item_id)
                WHERE v.version = i.version AND v.publication <> 'accepted') AS untold
         FROM supplier_event`,
    );
    expect(row).toEqual({ undecided: 0, untold: 0 });
    for (const tenant of ORDERS) {
      for (const [sku, { quantity }] of winners) {
        const shown = await fetch(
          `${product.urls.storefront}/items/${encodeURIComponent(`${tenant}:${sku}`)}`,
        );
        expect(await shown.json(), `${tenant}:${sku}`).toMatchObject({ quantity });
      }
    }
  });

  it('are traced to the same winner, and each loser to an event that beats it', async () => {
    const database = openDatabase(product.urls.database, { connections: 2 });
    try {
      for (const tenant of ORDERS) {
        for (const sku of winners.keys()) {
          const found = await traceItem(
            database,
            { tenant, sku },
            { temporalUiUrl: product.urls.temporalUi, namespace: 'default' },
          );
          if (!found) throw new Error(`no trace of ${tenant}:${sku}`);
          checkTrace(found.trace, sku);
        }
      }
    } finally {
      await database.$disconnect();
    }
  });

  it('are told so by the command line, a story for each tenant', async () => {
    const [sku = ''] = winners.keys();
    const { code, stdout } = await runCli(place, 'trace', sku, '--json');
    const traces = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Trace);
    expect(code).toBe(0);
    expect(traces.map(({ item }) => item?.tenant)).toEqual(ORDERS);
    for (const trace of traces) checkTrace(trace, sku);
  });
});

function checkTrace(trace: Trace, sku: string): void {
  const { item } = trace;
  expect(
    item && { ...contenderOf(item), quantity: item.quantity, updatedAt: mustParseTime(item.updatedAt) },
  ).toEqual(winners.get(sku));
  const won = trace.events.filter(({ outcome }) => outcome === 'won');
  expect(won.map(contenderOf)).toEqual([item && contenderOf(item)]);
  for (const event of trace.events) {
    expect(event.duplicates).toBe(2);
    if (event.outcome === 'won') continue;
    expect(event.outcome).toBe('superseded');
    const [loser, rival] = [known.get(keyOf(event)), event.lostTo && known.get(keyOf(event.lostTo))];
    if (!loser || !rival) throw new Error(`${keyOf(event)} lost to an unknown event`);
    expect(compareContenders(rival, loser), `${keyOf(event)} lost to ${keyOf(rival)}`).toBeGreaterThan(0);
  }
}

function contenderOf({ supplier, eventId }: { supplier: string; eventId: string }) {
  return { supplier, eventId };
}

function keyOf({ supplier, eventId }: { supplier: string; eventId: string }): string {
  return `${supplier}/${eventId}`;
}
