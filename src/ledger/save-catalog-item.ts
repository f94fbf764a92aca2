import type { AppliedRule, NormalizedEvent, Saved } from '../domain/sync-event.ts';
import type { Micros } from '../domain/time.ts';
import type { LosingRule, WinningRule } from '../domain/winner.ts';
import { MissingRowError } from '../database/missing-row.ts';
import { ownRow, type NamedEvent } from './named-event.ts';
import { ATTEMPT_COLUMNS, attemptStartOf, type AttemptRow, type AttemptStart } from './publish-attempt.ts';
import type { Database } from '../database/client.ts';
import { preparedQuery } from '../database/prepared-query.ts';
import { Prisma } from '../generated/prisma/client.ts';

type Row = SavedRow & (AttemptRow | { verdict: null });

interface SavedRow {
  outcome: Saved['outcome'];
  rule: string | null;
  version: number | null;
  quantity: number;
  publish: boolean;
  lost_to_supplier: string | null;
  lost_to_event: string | null;
  decided_at_us: bigint | null;
  fresh: boolean;
}

/**
 * Decides an event's contest and, if `publish` is given, begins to tell of the version that came of it: one round trip, one
 * transaction.
 *
 * @param publish.failed storefronts that are not to be told now
 * @returns the decision; `fresh` is false when it had fallen before, `decidedAt` is undefined for held events, `begun` where
 *   there is nothing to be told, or `publish` was not given
 */
export async function saveCatalogItem(
  database: Database,
  request: NormalizedEvent & NamedEvent & { ruleId?: number },
  publish?: { workflowId: string; failed: readonly string[] },
): Promise<{
  saved: Saved;
  fresh: boolean;
  decidedAt: Micros | undefined;
  begun: AttemptStart | undefined;
}> {
  const rows = await preparedQuery<Row>(
    database,
    Prisma.sql`
    SELECT outcome, rule, version, quantity, publish, lost_to_supplier, lost_to_event, decided_at_us, fresh,
                          ${ATTEMPT_COLUMNS}
      FROM ${ownRow(request)}
     CROSS JOIN LATERAL save_and_begin(own.seq, ${request.itemId}, ${request.sku}, ${request.ruleId ?? null}::integer,
                                       ${publish?.workflowId ?? null}::text,
                                       ${[...(publish?.failed ?? [])]}::text[]) saved`,
  );
  const row = rows[0];
  if (!row) throw new MissingRowError(`event ${request.seq} is not in the ledger`);
  return {
    saved: savedOf(row),
    fresh: row.fresh,
    decidedAt: row.decided_at_us ?? undefined,
    begun: row.verdict === null ? undefined : attemptStartOf(row),
  };
}

function savedOf(row: SavedRow): Saved {
  switch (row.outcome) {
    case 'held':
    case 'voided':
    case 'rejected':
      return { outcome: row.outcome, publish: false };
    case 'applied': {
      const { version, quantity, publish } = row;
      const applied = { outcome: 'applied', rule: row.rule as AppliedRule } as const;
      return version === null ? { ...applied, publish: false } : { ...applied, version, quantity, publish };
    }
    case 'superseded':
      return {
        outcome: 'superseded',
        rule: row.rule as LosingRule,
        lostTo: `${row.lost_to_supplier}/${row.lost_to_event}`,
        publish: false,
      };
    case 'won':
      return {
        outcome: 'won',
        rule: row.rule as WinningRule | 'repaired',
        version: row.version ?? 0,
        quantity: row.quantity,
        publish: row.publish,
      };
  }
}
