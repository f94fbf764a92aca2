import type { Database, Transaction } from '../database/client.ts';
import { writeProbes } from '../signals/probe/write-probes.ts';
import { shownJson, type Shown } from './shown.ts';

/** A page of a sweep that is done. */
export interface SweptPage {
  /** Whose answers they are. */
  storefront: string;
  /** The sweep's place before and after it. */
  from: string;
  to: string;
  /** Items of the catalog that were gone through; of those, the ones asked for, and those without an answer. */
  done: number;
  asked: number;
  unanswered: number;
  /** Entries of the storefront's list that are not in the catalog. */
  foreign: number;
  shown: readonly Shown[];
  /** The ones that differed at first. */
  suspects: ReadonlySet<string>;
}

/**
 * Writes a page down, with the sweep's place, in one transaction: whoever goes on, goes on behind it.
 *
 * @returns false when the sweep has ended, or somebody else was there first
 */
export function writePage(database: Database, sweepId: string, page: SweptPage): Promise<boolean> {
  return database.$transaction(
    async (transaction) => {
      const moved = await transaction.$executeRaw`
        UPDATE sweep
           SET after_item_id = ${page.to}, items_done = items_done + ${page.done}, items_asked = items_asked + ${page.asked},
               items_unanswered = items_unanswered + ${page.unanswered}, items_foreign = items_foreign + ${page.foreign},
               silent_since_us = NULL, silent_reason = NULL
         WHERE id = ${sweepId} AND state = 'running' AND phase = 'ask' AND storefront = ${page.storefront}
           AND after_item_id = ${page.from}`;
      if (moved === 0) return false;
      const suspects = page.shown.filter(({ itemId }) => page.suspects.has(itemId));
      await writeFindings(transaction, { sweepId, storefront: page.storefront }, suspects);
      await tellProbes(transaction, page);
      return true;
    },
    { timeout: 20_000 },
  );
}

async function writeFindings(
  transaction: Transaction,
  { sweepId, storefront }: { sweepId: string; storefront: string },
  shown: readonly Shown[],
): Promise<void> {
  if (shown.length === 0) return;
  await transaction.$executeRaw`
    INSERT INTO sweep_finding (sweep_id, item_id, storefront, kind, ledger_version, ledger_quantity, accepted_version, shown_version,
                               shown_quantity)
    SELECT ${sweepId}, x.item, ${storefront}, k.kind, n.version, n.quantity, x.accepted, x.version, x.quantity
      FROM jsonb_to_recordset(${shownJson(shown)}::jsonb)
        AS x (item text, accepted integer, version integer, quantity integer)
     CROSS JOIN LATERAL (SELECT sweep_finding_kind(x.item, x.accepted, x.version, x.quantity) AS kind) k
      LEFT JOIN LATERAL (SELECT v.version, v.quantity FROM catalog_item_version v WHERE v.item_id = x.item
                          ORDER BY v.version DESC LIMIT 1) n ON true
     WHERE k.kind IS NOT NULL
    ON CONFLICT DO NOTHING`;
}

/**
 * Tells the signals, which go by the probes' answers, what they would not hear otherwise: what differs or has just
 * differed, and what they last saw wrong.
 */
export async function tellProbes(
  transaction: Transaction,
  { storefront, shown, suspects }: Pick<SweptPage, 'storefront' | 'shown' | 'suspects'>,
): Promise<void> {
  const published = shown.flatMap(({ accepted, ...rest }) =>
    accepted === null ? [] : [{ ...rest, storefront, acceptedVersion: accepted }],
  );
  if (published.length === 0) return;
  const seenWrong = await transaction.$queryRaw<{ item_id: string }[]>`
    SELECT DISTINCT p.item_id FROM storefront_probe p
     WHERE p.failure_mode IS NOT NULL AND p.probed_at_us > now_us() - 86400000000
       AND p.item_id = ANY (${published.map(({ itemId }) => itemId)}::text[])
       AND p.storefront = ${storefront}
       AND NOT EXISTS (SELECT 1 FROM storefront_probe q
                        WHERE q.item_id = p.item_id AND q.storefront = p.storefront AND q.id > p.id)`;
  const worth = new Set([...suspects, ...seenWrong.map(({ item_id: itemId }) => itemId)]);
  await writeProbes(
    transaction,
    published.filter(({ itemId }) => worth.has(itemId)),
  );
}
