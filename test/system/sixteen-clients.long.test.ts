import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/client.ts';
import { normalizeSku } from '../../src/domain/normalize.ts';
import { mustParseTime } from '../../src/domain/time.ts';
import { compareContenders, type Contender } from '../../src/domain/winner.ts';
import { traceItem } from '../../src/trace/find-trace.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { CONTEST_SUPPLIERS, contestEvents, foldContest, sendContest } from '../support/system/contest.ts';
import {
  leavePlace,
  runCli,
  sql,
  startProduct,
  takePlace,
  type Place,
  type RunningStart,
} from '../support/system/start.ts';
import { openSenders } from '../support/system/supplier.ts';
import { until } from '../support/until.ts';

const EVENTS = Number(process.env.CONTEST_EVENTS ?? 240);
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

describe('the same events in three random orders, each sent three times by 16 clients at once', () => {
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
    const expectedItems = Object.fromEntries(winners);
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
      expect({ tenant, items: Object.fromEntries(found) }).toEqual({ tenant, items: expectedItems });
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
    const wrong: string[] = [];
    for (const itemId of ORDERS.flatMap((tenant) => [...winners.keys()].map((sku) => `${tenant}:${sku}`))) {
      const answer = await fetch(`${product.urls.storefront}/items/${encodeURIComponent(itemId)}`);
      const { quantity } = (await answer.json()) as { quantity?: number };
      if (quantity !== winners.get(itemId.slice(itemId.indexOf(':') + 1))?.quantity) wrong.push(itemId);
    }
    expect(wrong).toEqual([]);
  });

  it('are traced to the same winner, and each loser to an event that beats it', async () => {
    const database = openDatabase(product.urls.database, { connections: 2 });
    const faults: string[] = [];
    try {
      for (const tenant of ORDERS) {
        for (const sku of winners.keys()) {
          const found = await traceItem(
            database,
            { tenant, sku },
            { temporalUiUrl: product.urls.temporalUi, namespace: 'default' },
          );
          faults.push(...(found ? faultsOf(found.trace, sku) : [`no trace of ${tenant}:${sku}`]));
        }
      }
    } finally {
      await database.$disconnect();
    }
    expect(faults).toEqual([]);
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
    expect(traces.flatMap((trace) => faultsOf(trace, sku))).toEqual([]);
  });
});

/** What a trace tells wrongly of an item of the contest. */
function faultsOf({ item, events: told }: Trace, sku: string): string[] {
  const winner = winners.get(sku);
  if (!item || !winner) return [`${sku} is not in the catalog`];
  const faults: string[] = [];
  const check = (right: boolean, fault: string): void => {
    if (!right) faults.push(`${item.itemId}: ${fault}`);
  };
  check(keyOf(item) === keyOf(winner), `${keyOf(item)} is the winner, not ${keyOf(winner)}`);
  check(item.quantity === winner.quantity, `the quantity is ${item.quantity}, not ${winner.quantity}`);
  check(mustParseTime(item.updatedAt) === winner.updatedAt, `updatedAt is ${item.updatedAt}`);
  const own = events.filter((event) => normalizeSku(event.sku) === sku);
  check(told.length === own.length, `${told.length} events are told, not ${own.length}`);
  for (const event of told) {
    check(event.duplicates === 2, `${keyOf(event)} has ${event.duplicates} duplicates`);
    if (keyOf(event) === keyOf(winner)) {
      check(event.outcome === 'won', `the winner is ${event.outcome}`);
      continue;
    }
    check(event.outcome === 'superseded', `${keyOf(event)} is ${event.outcome}`);
    const [loser, rival] = [known.get(keyOf(event)), event.lostTo && known.get(keyOf(event.lostTo))];
    const beaten = loser && rival && compareContenders(rival, loser) > 0;
    check(beaten === true, `${keyOf(event)} lost to ${event.lostTo ? keyOf(event.lostTo) : 'none'}`);
  }
  return faults;
}

function keyOf({ supplier, eventId }: { supplier: string; eventId: string }): string {
  return `${supplier}/${eventId}`;
}
