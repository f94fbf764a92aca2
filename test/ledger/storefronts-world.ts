import fc from 'fast-check';
import { expect } from 'vitest';
import { ringOf } from '../../src/access/secrets/key-ring.ts';
import { formatTime, seconds } from '../../src/domain/time.ts';
import { saveCatalogItem } from '../../src/ledger/save-catalog-item.ts';
import { addStorefront, changeStorefront } from '../../src/storefronts/set-storefront.ts';
import { readStorefront } from '../../src/storefronts/storefront-document.ts';
import type { TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { shopAt } from '../support/shop-at.ts';
import type { storyTeller } from '../trace/story.ts';
import {
  acceptedByAll,
  arrive,
  begin,
  decide,
  finish,
  firstUntold,
  setStorefront,
  type Model,
  type ModelAttempt,
  type ModelStorefront,
} from './storefronts-model.ts';

export const NAMES = ['cache', 'shop'] as const;
export const KEYS = ringOf(Buffer.alloc(32, 1));
const AT = seconds(1_780_000_000);

/** How a call goes: lost never ends, late ends when its turn comes. */
type Fate = 'accepted' | 'rejected' | 'failed' | 'lost' | 'late';

/** What happens to one item of a tenant with two storefronts. */
type Step =
  | { does: 'change'; quantity: number }
  /** One comes that is newer than all, and waits for its turn. */
  | { does: 'arrive'; quantity: number }
  /** One of those that wait has its turn: the one that would stand, or the oldest. */
  | { does: 'turn'; by: 'freshness' | 'age' }
  /** Two seconds go by. */
  | { does: 'wait' }
  /** A workflow of the newest version, or of one so many before it, tells who is left. */
  | { does: 'try'; back: number; inReplay: boolean; fates: Fate[] }
  | { does: 'answer'; status: 'accepted' | 'rejected' | 'failed' }
  | { does: 'replay' }
  | { does: 'state'; name: (typeof NAMES)[number]; open: boolean }
  | { does: 'place'; name: (typeof NAMES)[number]; place: number }
  /** Another one takes its name: it was removed and added, or has another address. */
  | { does: 'another'; name: (typeof NAMES)[number]; way: 'added' | 'moved' }
  | { does: 'flag'; open: boolean };

const fate = fc.constantFrom<Fate>(
  'accepted',
  'accepted',
  'accepted',
  'rejected',
  'failed',
  'failed',
  'lost',
  'late',
);
const trying = fc.record({
  does: fc.constant('try' as const),
  back: fc.constantFrom(0, 0, 0, 1),
  inReplay: fc.boolean(),
  fates: fc.array(fate, { minLength: 2, maxLength: 3 }),
});
const steps: fc.WeightedArbitrary<Step>[] = [
  { weight: 6, arbitrary: trying },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('change' as const), quantity: fc.nat(99) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('arrive' as const), quantity: fc.nat(99) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('turn' as const),
      by: fc.constantFrom('freshness' as const, 'age' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ does: 'wait' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('answer' as const),
      status: fc.constantFrom('accepted' as const, 'rejected' as const, 'failed' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ does: 'replay' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('state' as const),
      name: fc.constantFrom(...NAMES),
      open: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('place' as const),
      name: fc.constantFrom(...NAMES),
      place: fc.constantFrom(1, 2),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('another' as const),
      name: fc.constantFrom(...NAMES),
      way: fc.constantFrom('added' as const, 'moved' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('flag' as const), open: fc.boolean() }) },
];
export const step = fc.oneof(...steps);

let tenants = 0;
let addresses = 0;

/** A tenant with a shop before a cache, and its model; everything that is done is done to both, and compared. */
export async function newWorld({ database, sql }: TestDatabase, story: ReturnType<typeof storyTeller>) {
  tenants += 1;
  const tenant = `tenant-${tenants}`;
  const itemId = `${tenant}:CHAIR-01`;
  await openTenant(database, tenant, ['acme']);
  await shopAt(sql, 'https://shop.example', tenant);
  await shopAt(sql, 'https://cache.example', tenant, { name: 'cache', place: 2 });
  const model: Model = {
    flows: true,
    storefronts: [
      { name: 'shop', place: 1, open: true, countsFrom: 0, nosFrom: 0 },
      { name: 'cache', place: 2, open: true, countsFrom: 0, nosFrom: 0 },
    ],
    versions: [],
    attempts: [],
    replayed: new Map(),
    waiting: [],
    freshest: undefined,
    youngFrom: 1,
  };
  let events = 0;
  let newestDecided = 0;
  const waitingSeqs = new Map<string, bigint>();
  const seqs: bigint[] = [];
  const ids = new Map<ModelAttempt, string>();
  const contents = new Map<string, string>();
  const late: ModelAttempt[] = [];
  let replayId: string | undefined;

  async function compare(): Promise<void> {
    const rows = await sql<{ publication: string; isDue: boolean }>(
      `SELECT v.publication, e.start_due_us IS NOT NULL AS "isDue"
         FROM catalog_item_version v JOIN supplier_event e ON e.seq = v.event_seq
        WHERE v.item_id = $1 ORDER BY v.version`,
      [itemId],
    );
    expect(rows.map(({ publication }) => ({ publication }))).toEqual(model.versions);
    // Somebody looks after each version that is to be told.
    expect(rows.filter(({ publication, isDue }) => publication === 'due' && !isDue)).toEqual([]);
  }

  async function end(attempt: ModelAttempt, status: 'accepted' | 'rejected' | 'failed'): Promise<void> {
    finish(model, attempt, status);
    await sql('SELECT finish_publish_attempt($1, $2, 200, NULL)', [ids.get(attempt), status]);
    await compare();
    // Whatever the model thinks of it:
    const { version, replay } = attempt;
    if (status === 'accepted' && acceptedByAll(model, version, replay))
      expect(model.versions[version - 1]?.publication).toBe('accepted');
  }

  const makeAsOf = (version: number, secondsAgo: number) =>
    sql(
      'UPDATE catalog_item_version SET created_at_us = now_us() - $3::bigint WHERE item_id = $1 AND version = $2',
      [itemId, version, seconds(secondsAgo)],
    );

  async function expectToComeBack(version: number): Promise<void> {
    const rows = await sql(
      `SELECT e.start_due_us - f.created_at_us AS "afterUs", e.started_by AS "startedBy"
         FROM catalog_item_version v JOIN supplier_event e ON e.seq = v.event_seq
         JOIN catalog_item_version f ON f.item_id = v.item_id AND f.version = $3
        WHERE v.item_id = $1 AND v.version = $2`,
      [itemId, version, firstUntold(model, version)],
    );
    expect(rows).toEqual([{ afterUs: String(seconds(2)), startedBy: null }]);
  }

  /** @returns the attempt that was begun, or the verdict */
  async function beginOne(version: number, replay: string | undefined, failed: readonly string[]) {
    const before = model.versions[version - 1]?.publication;
    // However long this test takes.
    for (let no = Math.max(firstUntold(model, version), model.youngFrom); no <= version; no += 1)
      await makeAsOf(no, 0);
    const wanted = begin(model, { version, replay, failed });
    const [begun] = await sql<{
      verdict: string;
      storefront: string | null;
      id: string;
      quantity: number;
      messageId: string;
    }>(
      `SELECT verdict, storefront, attempt_id AS id, quantity, message_id AS "messageId"
         FROM begin_publish_attempt($1, $2, $3, 'w', NULL, $4, $5)`,
      [seqs[version - 1], itemId, version, replay ?? null, failed],
    );
    expect({ verdict: begun?.verdict, ...(begun?.storefront && { storefront: begun.storefront }) }).toEqual(
      wanted,
    );
    await compare();
    // What a replay is done with may be due for another storefront.
    if (before !== 'accepted' && model.versions[version - 1]?.publication === 'accepted')
      expect(acceptedByAll(model, version, undefined)).toBe(true);
    if (wanted.verdict === 'postponed') await expectToComeBack(version);
    const attempt = model.attempts.at(-1);
    if (wanted.verdict !== 'send' || !attempt || !begun) return wanted.verdict;
    ids.set(attempt, begun.id);
    const content = `${version} ${begun.quantity}`;
    expect(contents.get(begun.messageId) ?? content).toBe(content);
    contents.set(begun.messageId, content);
    return attempt;
  }

  /** One try of the activity. @returns the verdict that ended it; undefined: it died */
  async function tryToTell(version: number, replay: string | undefined, fates: readonly Fate[]) {
    const failed: string[] = [];
    for (const way of [...fates, ...Array<Fate>(NAMES.length).fill('failed')]) {
      const attempt = await beginOne(version, replay, failed);
      if (typeof attempt === 'string') return attempt;
      if (way === 'late') late.push(attempt);
      if (way === 'late' || way === 'lost') return undefined;
      await end(attempt, way);
      if (way === 'failed') failed.push(attempt.storefront);
    }
    throw new Error('there was no end to the storefronts');
  }

  async function beginReplay(): Promise<string> {
    const id = `${tenant}-${model.versions.length}-${ids.size}-${model.attempts.length}`;
    const seq = seqs.at(-1);
    await sql(
      `WITH made AS (INSERT INTO replay (id, tenant_id, since_us, until_us, requested_by) VALUES ($1, $2, 1, 2, 'x')
                     ON CONFLICT (id) DO NOTHING RETURNING id),
       item AS (INSERT INTO replay_item (replay_id, item_id, outcome, version_after)
                SELECT id, $3, 'publish_only', $4 FROM made)
       INSERT INTO replay_event (replay_id, seq, order_us, item_id, is_last, outcome)
       SELECT id, $5, 1, $3, true, 'won' FROM made`,
      [id, tenant, itemId, model.versions.length, seq],
    );
    return id;
  }

  /** As the product does it, but that the last open one may be closed or taken away, too. */
  async function setOne(
    storefront: ModelStorefront,
    one: Extract<Step, { does: 'state' | 'place' | 'another' }>,
  ): Promise<void> {
    const { name } = storefront;
    const own = { actor: 'test', tenant, name };
    const keys = () => Promise.resolve(KEYS);
    if (one.does === 'place') {
      storefront.place = one.place;
      await sql('UPDATE storefront SET place = $3 WHERE tenant_id = $1 AND name = $2', [
        ...[tenant, name, one.place],
      ]);
    } else if (one.does === 'state') {
      setStorefront(model, storefront, one);
      if (one.open) await changeStorefront(database, keys, { ...own, state: 'open' });
      else
        await sql(`UPDATE storefront SET state = 'closed' WHERE tenant_id = $1 AND name = $2`, [
          tenant,
          name,
        ]);
    } else {
      addresses += 1;
      const url = `http://127.0.0.1:9/${addresses}`;
      const settings = await readStorefront('webhook', JSON.stringify({ url, place: storefront.place }));
      setStorefront(model, storefront, { open: one.way === 'added' || storefront.open, isAnother: true });
      if (one.way === 'moved') await changeStorefront(database, keys, { ...own, settings });
      else {
        await sql('DELETE FROM storefront WHERE tenant_id = $1 AND name = $2', [tenant, name]);
        await addStorefront(database, KEYS, { ...own, settings, state: 'open' });
      }
    }
    await compare();
  }

  const receive = async (quantity: number): Promise<string> => {
    events += 1;
    const id = String(events);
    const updatedAt = formatTime(AT + seconds(events));
    arrive(model, id);
    waitingSeqs.set(id, await story.receive({ tenant, id, quantity: 100 * events + quantity, updatedAt }));
    return id;
  };

  const decideOne = async (id: string): Promise<void> => {
    const seq = waitingSeqs.get(id) ?? 0n;
    const before = model.versions.length;
    decide(model, id, String(newestDecided));
    newestDecided = Math.max(newestDecided, Number(id));
    await saveCatalogItem(database, { seq: seq.toString(), itemId, sku: 'CHAIR-01' });
    if (model.versions.length > before) {
      seqs.push(seq);
      replayId = undefined;
    }
    await compare();
  };

  const save = async (quantity: number): Promise<void> => decideOne(await receive(quantity));

  return {
    tenant,
    itemId,
    model,
    seqs,
    save,
    tryToTell,
    take: async (one: Step): Promise<void> => {
      switch (one.does) {
        case 'change':
          // A closed tenant decides nothing.
          return model.flows ? save(one.quantity) : undefined;
        case 'arrive':
          await receive(one.quantity);
          return;
        case 'turn': {
          const id = one.by === 'freshness' ? model.freshest : model.waiting[0];
          return model.flows && id !== undefined ? decideOne(id) : undefined;
        }
        case 'wait':
          await Promise.all(model.versions.map((_, no) => makeAsOf(no + 1, 2)));
          model.youngFrom = model.versions.length + 1;
          return;
        case 'try': {
          const version = Math.max(1, model.versions.length - one.back);
          await tryToTell(version, one.inReplay && one.back === 0 ? replayId : undefined, one.fates);
          return;
        }
        case 'answer': {
          const attempt = late.shift();
          if (attempt) await end(attempt, one.status);
          return;
        }
        case 'replay':
          replayId = await beginReplay();
          return;
        case 'state':
        case 'place':
        case 'another': {
          const storefront = model.storefronts.find(({ name }) => name === one.name);
          if (storefront) await setOne(storefront, one);
          return;
        }
        case 'flag':
          model.flows = one.open;
          await sql('UPDATE tenant SET state = $2 WHERE id = $1', [tenant, one.open ? 'open' : 'closed']);
      }
    },
  };
}
