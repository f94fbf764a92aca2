import type { Transaction } from '../database/client.ts';
import { replayWorkflowId } from '../domain/identity.ts';
import { formatTime } from '../domain/time.ts';
import { readCarriedRules } from '../replay/carried-rules.ts';
import { describeVersion, readRulesOf } from './describe-version.ts';
import type { EventName, Trace } from './trace.ts';
import { workflowUrl, type WebUi } from '../temporal/workflow-url.ts';

/** The newest, or those of the events on a later page; each list is newest first. */
export interface Span {
  take: number;
  /** The events of a later page; undefined on the first. */
  seqs: readonly bigint[] | undefined;
}

const withEvent = { event: { select: { supplierId: true, eventId: true } } } as const;

export async function readVersions(
  transaction: Transaction,
  itemId: string,
  { take, seqs }: Span,
): Promise<Trace['versions']> {
  const rows = await transaction.catalogItemVersion.findMany({
    where: { itemId, ...(seqs && { eventSeq: { in: [...seqs] } }) },
    orderBy: { version: 'desc' },
    take,
    include: withEvent,
  });
  const voids = await readVoids(
    transaction,
    itemId,
    rows.map(({ version }) => version),
  );
  const rules = await readRulesOf(transaction, rows);
  return rows.map((row) => {
    const { replayId, ...said } = describeVersion(row, rules);
    return {
      ...said,
      publication: row.publication,
      publicationAt: formatTime(row.publicationAtUs),
      replayId,
      causedBy: voids.get(row.version) ?? null,
    };
  });
}

/** The voids that made versions of an item, by the version. */
async function readVoids(
  transaction: Transaction,
  itemId: string,
  versions: readonly number[],
): Promise<Map<number, EventName>> {
  const rows = await transaction.$queryRaw<{ version: number; supplier_id: string; event_id: string }[]>`
    SELECT version, supplier_id, event_id FROM supplier_event
     WHERE item_id = ${itemId} AND kind = 'void' AND version = ANY (${[...versions]}::integer[])`;
  return new Map(rows.map((row) => [row.version, { supplier: row.supplier_id, eventId: row.event_id }]));
}

export async function readAttempts(
  transaction: Transaction,
  itemId: string,
  { take, seqs }: Span,
  webUi: WebUi,
): Promise<Trace['publishAttempts']> {
  const rows = await transaction.publishAttempt.findMany({
    where: { itemId, ...(seqs && { itemVersion: { eventSeq: { in: [...seqs] } } }) },
    // By version first, as the index goes: an item may have many more attempts than are shown.
    orderBy: [{ version: 'desc' }, { id: 'desc' }],
    take,
    include: withEvent,
  });
  return rows.map((row) => ({
    version: row.version,
    supplier: row.event.supplierId,
    eventId: row.event.eventId,
    storefront: row.storefront,
    status: row.status,
    startedAt: formatTime(row.startedAtUs),
    finishedAt: row.finishedAtUs === null ? null : formatTime(row.finishedAtUs),
    latencyMs: latencyOf(row),
    httpStatus: row.httpStatus,
    reason: row.reason,
    messageId: row.messageId,
    replayId: row.replayId,
    workflowId: row.workflowId,
    workflowUrl: workflowUrl(webUi, row.workflowId),
  }));
}

/** An unanswered attempt was closed by somebody else, much later. */
function latencyOf(row: { status: string; startedAtUs: bigint; finishedAtUs: bigint | null }): number | null {
  if (row.finishedAtUs === null || row.status === 'unanswered') return null;
  return Number(row.finishedAtUs - row.startedAtUs) / 1000;
}

/** The replays that touched an item, and what they did to it. */
export async function readReplays(
  transaction: Transaction,
  itemId: string,
  take: number,
  webUi: WebUi,
): Promise<Trace['replays']> {
  const rows = await transaction.replayItem.findMany({
    where: { itemId, touched: true },
    orderBy: { no: 'desc' },
    take,
    include: { replay: true },
  });
  const rules = await readCarriedRules(
    transaction,
    rows.map(({ replay }) => replay),
  );
  return rows.map((row) => ({
    replayId: row.replayId,
    state: row.replay.state,
    requestedBy: row.replay.requestedBy,
    supplier: row.replay.supplierId,
    since: formatTime(row.replay.sinceUs),
    until: formatTime(row.replay.untilUs),
    stockRule: row.replay.stockRuleId === null ? null : (rules.get(row.replay.stockRuleId) ?? ''),
    touchedAt: formatTime(row.touchedAtUs),
    outcome: row.outcome,
    versionBefore: row.versionBefore,
    versionAfter: row.versionAfter,
    workflowHistory: 'unknown',
    workflowId: replayWorkflowId(row.replayId),
    workflowUrl: workflowUrl(webUi, replayWorkflowId(row.replayId)),
  }));
}
