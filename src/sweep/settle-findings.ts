import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/client.ts';
import { Prisma, type Sweep } from '../generated/prisma/client.ts';
import { StorefrontSilent } from '../storefront/get-answer.ts';
import { askEach, type Asking } from './ask-each.ts';
import { believe, judgeShown } from './believe.ts';
import { readLedgerItems } from './ledger-page.ts';
import { tellProbes } from './write-page.ts';

/** Where the settling of a sweep stands: all findings are settled, some were, or they still wait to be published. */
export type Settling = 'done' | 'getting on' | 'waiting';

const AT_ONCE = 100;
const LOOK_EVERY_MS = 500;

/** Of a version `v`, whether the storefront of a finding `f` is still to be told of it: others may be told for long after. */
export const STILL_DUE = Prisma.sql`(
  v.publication = 'due' AND NOT EXISTS (
    SELECT 1 FROM publish_attempt a
     WHERE a.item_id = v.item_id AND a.version = v.version AND a.storefront = f.storefront
       AND a.status IN ('accepted', 'rejected')))`;

/**
 * Reads back what a sweep has found, each item once nothing more of it is due, from the storefront where it was found, and
 * notes what is mended now and why the rest is not.
 *
 * @param endsAt by `performance.now()`
 * @throws StorefrontSilent when nothing is left but what a storefront that does not answer would have to show
 */
export async function settleFindings(
  database: Database,
  { storefronts, beat }: { storefronts: readonly Asking[]; beat(): void },
  { id: sweepId, passedOver }: Pick<Sweep, 'id' | 'passedOver'>,
  endsAt: number,
): Promise<Settling> {
  await database.$executeRaw`
    UPDATE sweep_finding SET settled_at_us = now_us()
     WHERE sweep_id = ${sweepId} AND kind = 'unknown_here' AND settled_at_us IS NULL`;
  await database.$executeRaw`
    UPDATE sweep_finding SET settled_at_us = now_us(), note = 'its storefront is not open any more'
     WHERE sweep_id = ${sweepId} AND settled_at_us IS NULL
       AND storefront <> ALL (${storefronts.map(({ storefront }) => storefront)}::text[])`;
  await database.$executeRaw`
    UPDATE sweep_finding SET settled_at_us = now_us(), note = 'the storefront gave no answer'
     WHERE sweep_id = ${sweepId} AND settled_at_us IS NULL AND storefront = ANY (${passedOver}::text[])`;
  let settled = 0;
  const silent = new Map<string, StorefrontSilent>();
  for (;;) {
    beat();
    const rows = await database.$queryRaw<{ item_id: string; storefront: string; due: boolean }[]>`
      SELECT f.item_id, f.storefront, EXISTS (SELECT 1 FROM catalog_item_version v
                                 WHERE v.item_id = f.item_id AND ${STILL_DUE}) AS due
        FROM sweep_finding f
       WHERE f.sweep_id = ${sweepId} AND f.settled_at_us IS NULL AND f.storefront <> ALL (${[...silent.keys()]}::text[])
       ORDER BY due, f.storefront, f.item_id LIMIT ${AT_ONCE}`;
    if (rows.length === 0) {
      const [reason] = silent.values();
      if (reason) throw reason;
      return 'done';
    }
    const ready = rows.filter(({ due }) => !due);
    for (const asking of storefronts) {
      const own = ready.filter(({ storefront }) => storefront === asking.storefront);
      const itemIds = own.map(({ item_id: itemId }) => itemId);
      if (own.length === 0) continue;
      try {
        settled += await settleSome(database, asking, sweepId, itemIds);
      } catch (error) {
        if (!(error instanceof StorefrontSilent)) throw error;
        silent.set(asking.storefront, error);
      }
    }
    if (performance.now() >= endsAt) return settled > 0 ? 'getting on' : 'waiting';
    if (ready.length === 0) await sleep(LOOK_EVERY_MS);
  }
}

/** The storefronts that have something to settle yet. */
export async function unsettledAt(
  database: Database,
  sweepId: string,
  passedOver: readonly string[],
): Promise<string[]> {
  const rows = await database.sweepFinding.findMany({
    where: { sweepId, settledAtUs: null, storefront: { notIn: [...passedOver] } },
    select: { storefront: true },
    distinct: ['storefront'],
  });
  return rows.map(({ storefront }) => storefront);
}

/** Ends the settling of what is still due: it goes on without the sweep. */
export async function leaveUnsettled(database: Database, sweepId: string, note: string): Promise<void> {
  await database.$executeRaw`
    UPDATE sweep_finding SET settled_at_us = now_us(), note = ${note}
     WHERE sweep_id = ${sweepId} AND settled_at_us IS NULL`;
}

async function settleSome(
  database: Database,
  asking: Asking,
  sweepId: string,
  itemIds: readonly string[],
): Promise<number> {
  const { storefront } = asking;
  const items = await readLedgerItems(database, { storefront, itemIds });
  const known = new Set(items.map(({ itemId }) => itemId));
  const gone = itemIds.filter((itemId) => !known.has(itemId));
  await database.$executeRaw`
    UPDATE sweep_finding SET settled_at_us = now_us(), note = 'the catalog does not know it any more'
     WHERE sweep_id = ${sweepId} AND storefront = ${storefront} AND item_id = ANY (${gone}::text[])`;
  if (items.length === 0) return gone.length;
  const answers = await askEach(asking, items);
  const suspects = await believe(database, asking, answers);
  const shown = [...answers.shown.values()];
  if (shown.length === 0) {
    throw (
      answers.stopped ?? new StorefrontSilent([...answers.failed.values()][0] ?? 'no item could be asked for')
    );
  }
  const kinds = await judgeShown(database, shown);
  const mended = shown.filter(({ itemId }) => !kinds.has(itemId)).map(({ itemId }) => itemId);
  const wrong = [...kinds.keys()];
  await database.$transaction(
    async (transaction) => {
      await transaction.$executeRaw`
        UPDATE sweep_finding f
           SET settled_at_us = now_us(), mended_at_us = now_us(), note = NULL
         WHERE f.sweep_id = ${sweepId} AND f.storefront = ${storefront} AND f.item_id = ANY (${mended}::text[])`;
      // One that has become due again meanwhile is looked at again.
      await transaction.$executeRaw`
        UPDATE sweep_finding f
           SET settled_at_us = now_us(),
               note = coalesce(CASE WHEN f.repaired_version IS NULL THEN f.note END,
                               CASE v.publication WHEN 'rejected' THEN 'the storefront rejected it'
                                                  WHEN 'failed' THEN 'the storefront did not take it'
                                                  WHEN 'withheld' THEN 'a flag is closed' END,
                               'it is still shown so')
          FROM catalog_item_version v
         WHERE f.sweep_id = ${sweepId} AND f.storefront = ${storefront} AND f.item_id = ANY (${wrong}::text[]) AND v.item_id = f.item_id
           AND v.version = (SELECT max(n.version) FROM catalog_item_version n WHERE n.item_id = f.item_id)
           AND NOT ${STILL_DUE}`;
      await transaction.$executeRaw`
        UPDATE sweep_finding f SET settled_at_us = now_us(), note = 'the storefront gave no answer for it'
         WHERE f.sweep_id = ${sweepId} AND f.storefront = ${storefront} AND f.item_id = ANY (${[...answers.failed.keys()]}::text[])`;
      await tellProbes(transaction, { storefront, shown, suspects });
      await transaction.$executeRaw`
        UPDATE sweep SET silent_since_us = NULL, silent_reason = NULL WHERE id = ${sweepId} AND state = 'running'`;
    },
    { timeout: 20_000 },
  );
  return shown.length;
}
