import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { EventOutcome } from '../../src/domain/event-outcome.ts';
import { correctItem } from '../../src/manual/correct-item.ts';
import { ManualFixError } from '../../src/manual/manual-supplier.ts';
import { voidEvent } from '../../src/manual/void-event.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { SAYING_WHY } from '../support/saying-why.ts';
import { storyTeller } from '../trace/story.ts';
import { countsEverywhere, wordsEverywhere } from './outcome-surfaces.ts';

let db: TestDatabase;
let story: ReturnType<typeof storyTeller>;
let tenants = 0;
let tenant = '';
const by = { actor: 'ada', reason: 'a test' };
const LATE = '2026-06-01T11:00:00Z';

beforeAll(async () => {
  db = await testDatabase({ connections: 4 });
  story = storyTeller(db);
});
afterAll(() => db.drop());
beforeEach(() => newTenant());

async function newTenant(): Promise<void> {
  tenants += 1;
  tenant = `outcome-${tenants}`;
  await openTenant(db.database, tenant, ['acme', 'bolt']);
}

const flag = (state: string) => db.sql('UPDATE tenant SET state = $2 WHERE id = $1', [tenant, state]);
const supplierFlag = (state: string, supplier = 'acme') =>
  db.sql('UPDATE supplier SET state = $3 WHERE tenant_id = $1 AND id = $2', [tenant, supplier, state]);
const release = () => db.sql('SELECT release_held_events(1000)');
const save = (id: string, more: { updatedAt?: string; supplier?: string } = {}) =>
  story.save({ tenant, id, ...more });
const fail = (id: string, mode: Parameters<typeof story.fail>[1]) => story.fail({ tenant, id }, mode, 'no');
const takeOut = (eventId: string, supplier = 'acme') =>
  voidEvent(db.database, { tenant, supplier, eventId, ...by });
const begin = (seq: bigint, version: number) =>
  db.sql("SELECT begin_publish_attempt($1, $2, $3, 'sync:x', 'msg', NULL)", [
    seq,
    `${tenant}:CHAIR-01`,
    version,
  ]);

async function held(id = 'e'): Promise<bigint> {
  await flag('closed');
  return save(id);
}

/** What is done to the event `e`, or around it, and what it is then. */
const STATES: [string, EventOutcome, () => Promise<unknown>][] = [
  ['received', 'pending', () => story.receive({ tenant, id: 'e' })],
  [
    'claimed by a worker',
    'pending',
    async () => {
      await story.receive({ tenant, id: 'e' });
      await db.sql("SELECT claim_supplier_events('w', 50, 25, 60000000)");
    },
  ],
  [
    'received while the tenant is closed',
    'pending',
    () => flag('closed').then(() => story.receive({ tenant, id: 'e' })),
  ],
  ['held by the tenant', 'held', () => held()],
  ['held by the supplier', 'held', () => supplierFlag('closed').then(() => save('e'))],
  ['let go, and not released yet', 'pending', () => held().then(() => flag('open'))],
  [
    'released, and not started yet',
    'pending',
    () =>
      held()
        .then(() => flag('canary'))
        .then(release),
  ],
  [
    'released, and closed again before it was started',
    'held',
    () =>
      held()
        .then(() => flag('open'))
        .then(release)
        .then(() => supplierFlag('closed')),
  ],
  ['rejected', 'rejected', () => fail('e', 'malformed_sku')],
  ['rejected again', 'rejected', () => fail('e', 'clock_drift').then(() => fail('e', 'clock_drift'))],
  ['held, then rejected', 'rejected', () => held().then(() => fail('e', 'malformed_sku'))],
  ['failed', 'failed', () => fail('e', 'transaction_timeout')],
  [
    'failed, and due again',
    'pending',
    async () => {
      await fail('e', 'transaction_timeout');
      await db.sql('UPDATE supplier_event SET start_due_us = 1 WHERE tenant_id = $1', [tenant]);
    },
  ],
  ['won, its version due', 'won', () => save('e')],
  [
    'won, its version accepted',
    'won',
    async () => {
      await story.publish(await save('e'), `${tenant}:CHAIR-01`, 1, ['accepted', 200]);
    },
  ],
  [
    'won, its version withheld',
    'won',
    async () => {
      const seq = await save('e');
      await flag('closed');
      await begin(seq, 1);
    },
  ],
  [
    'won, its version rejected',
    'won',
    async () => {
      await story.publish(await save('e'), `${tenant}:CHAIR-01`, 1, ['rejected', 200, 'no']);
    },
  ],
  ['won, its publication failed', 'won', () => save('e').then(() => fail('e', 'storefront_unreachable'))],
  ['superseded on arrival', 'superseded', () => save('winner', { updatedAt: LATE }).then(() => save('e'))],
  ['overtaken', 'superseded', () => save('e').then(() => save('later', { updatedAt: LATE }))],
  [
    'overtaken by a correction',
    'superseded',
    async () => {
      await save('e');
      const { eventId } = await correctItem(db.database, { tenant, sku: 'CHAIR-01', quantity: 2, ...by });
      await story.save({ tenant, supplier: 'manual', id: eventId });
    },
  ],
  [
    'overtaken while it was withheld',
    'superseded',
    async () => {
      const seq = await save('e');
      await flag('closed');
      await begin(seq, 1);
      await flag('open');
      await save('later', { updatedAt: LATE });
    },
  ],
  [
    'voided as the winner',
    'voided',
    () =>
      save('other')
        .then(() => save('e', { updatedAt: LATE }))
        .then(() => takeOut('e')),
  ],
  [
    'voided before it was decided',
    'voided',
    () => story.receive({ tenant, id: 'e' }).then(() => takeOut('e')),
  ],
  ['voided while it was held', 'voided', () => held().then(() => takeOut('e'))],
  ['failed, then voided', 'voided', () => fail('e', 'transaction_timeout').then(() => takeOut('e'))],
  [
    'voided, its publication having failed',
    'voided',
    async () => {
      await save('other');
      await save('e', { updatedAt: LATE });
      await fail('e', 'storefront_unreachable');
      await takeOut('e');
    },
  ],
  [
    'superseded, until a void gave it the item',
    'won',
    () =>
      save('winner', { updatedAt: LATE })
        .then(() => save('e'))
        .then(() => takeOut('winner')),
  ],
  [
    'the winner, whatever a hand made the catalog say',
    'won',
    async () => {
      const lost = await save('lost');
      await save('e', { updatedAt: LATE });
      await db.sql('UPDATE catalog_item SET winner_seq = $2 WHERE tenant_id = $1', [tenant, lost]);
    },
  ],
];

async function expectAgreement(): Promise<Record<string, EventOutcome>> {
  const { list = {}, ...others } = await wordsEverywhere(db, tenant);
  for (const [place, words] of Object.entries(others))
    expect({ place, words }).toEqual({ place, words: list });
  const { expected, found } = await countsEverywhere(db, tenant, list);
  expect(found).toEqual(expected);
  return list;
}

it.each(STATES)('an event that is %s is %s in every place that says so', async (_state, outcome, make) => {
  await make();
  expect((await expectAgreement()).e).toBe(outcome);
});

it('a void is applied in every place that says so', async () => {
  await save('one');
  await save('two');
  const { eventId } = await takeOut('two');
  expect((await expectAgreement())[eventId]).toBe('applied');
});

const step = fc.record({
  do: fc.constantFrom(
    ...([
      'receive',
      'save',
      'save',
      'save',
      'reject',
      'fail',
      'void',
      'correct',
      'publish',
      'withhold',
    ] as const),
    ...(['tenant', 'supplier', 'release', 'claim'] as const),
  ),
  event: fc.integer({ min: 0, max: 7 }),
  state: fc.constantFrom('open', 'closed'),
});

it('whatever was done in whatever order, every place says the same word of every event', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
      await newTenant();
      for (const one of steps) await carryOut(one);
      const words = await expectAgreement();
      expect(words).toEqual(await wordsOfRows());
    }),
    { numRuns: 40, ...SAYING_WHY },
  );
}, 120_000);

async function carryOut(one: { do: string; event: number; state: string }): Promise<void> {
  const id = `e${one.event}`;
  const supplier = one.event % 2 === 0 ? 'acme' : 'bolt';
  const told = {
    tenant,
    supplier,
    id,
    sku: `S${one.event % 3}`,
    quantity: one.event,
    updatedAt: `2026-06-01T10:00:0${(one.event * 5) % 7}Z`,
  };
  switch (one.do) {
    case 'receive':
      return void (await story.receive(told));
    case 'save':
      return void (await story.save(told));
    case 'reject':
      return story.fail(told, 'malformed_sku', 'no');
    case 'fail':
      return story.fail(told, 'transaction_timeout', 'no');
    case 'void':
      return void (await takeOut(id, supplier).catch(unlessRefused));
    case 'correct': {
      const fix = { tenant, sku: told.sku, quantity: 1, ...by };
      return void (await correctItem(db.database, fix).catch(unlessRefused));
    }
    case 'publish':
    case 'withhold':
      // With closed flags the attempt is withheld.
      return void (await db.sql(
        `SELECT begin_publish_attempt(v.event_seq, v.item_id, v.version, 'sync:x', 'msg', NULL)
           FROM catalog_item i JOIN catalog_item_version v ON v.item_id = i.item_id AND v.version = i.version
          WHERE i.item_id = $1`,
        [`${tenant}:${told.sku}`],
      ));
    case 'tenant':
      return void (await flag(one.state));
    case 'supplier':
      return void (await supplierFlag(one.state, supplier));
    case 'release':
      return void (await release());
    default:
      await db.sql("SELECT claim_supplier_events('w', 50, 25, 60000000)");
  }
}

/** The item's contest is not over, or the event is not one of it. */
function unlessRefused(error: unknown): void {
  if (!(error instanceof ManualFixError)) throw error;
}

/** A second opinion, from the rows alone. */
async function wordsOfRows(): Promise<Record<string, EventOutcome>> {
  const rows = await db.sql<{
    event_id: string;
    decision: string | null;
    voided: boolean;
    greatest: boolean;
    held: boolean;
    due: boolean;
    flows: boolean;
  }>(
    `SELECT e.event_id, e.decision, e.voided_by_seq IS NOT NULL AS voided, e.held_at_us IS NOT NULL AS held,
            e.start_due_us IS NOT NULL AS due, t.state <> 'closed' AND s.state = 'open' AS flows,
            NOT EXISTS (
              SELECT 1 FROM supplier_event o
               WHERE o.item_id = e.item_id AND o.decision IN ('won', 'superseded') AND o.voided_by_seq IS NULL
                 AND o.seq <> e.seq
                 AND (o.updated_at_us, -o.quantity, o.supplier_id, o.event_id)
                     > (e.updated_at_us, -e.quantity, e.supplier_id, e.event_id)) AS greatest
       FROM supplier_event e
       JOIN supplier s ON s.tenant_id = e.tenant_id AND s.id = e.supplier_id
       JOIN tenant t ON t.id = e.tenant_id
      WHERE e.tenant_id = $1`,
    [tenant],
  );
  return Object.fromEntries(
    rows.map(({ event_id: eventId, ...row }) => {
      if (row.decision === 'rejected' || row.decision === 'applied') return [eventId, row.decision];
      if (row.voided) return [eventId, 'voided'];
      if (row.decision !== null) return [eventId, row.greatest ? 'won' : 'superseded'];
      if (row.held) return [eventId, row.flows ? 'pending' : 'held'];
      return [eventId, row.due ? 'pending' : 'failed'];
    }),
  );
}
