import type { Database, Transaction } from '../database/client.ts';
import { REVIEWS_NEEDED, type Missing } from '../domain/gate.ts';
import { faultOfText } from '../domain/gate-text.ts';
import type { ApprovedTrace, ApproveTraceCommand } from '../domain/gate-command.ts';
import { writeAudit } from '../database/audit.ts';
import { incompleteTrace } from '../signals/trace-coverage.ts';
import { carryOut, refuseIfAny } from './carry-out.ts';
import { readLaunch } from './launch-facts.ts';
import { unknownTenant } from './open-canary.ts';
import { readReviews, type ReviewRow } from './reviews.ts';
import { readWatches } from './watch-rows.ts';
import { watchesThatCount } from './watches-that-count.ts';

/**
 * Records that support has explained an update that the gate sampled, who, and in what words.
 *
 * @throws GateRefused
 */
export async function approveTrace(database: Database, command: ApproveTraceCommand): Promise<ApprovedTrace> {
  const { tenant, actor, origin } = command;
  const explanation = command.explanation.trim();
  const fault = faultOfText(explanation);
  return carryOut(database, command, async (transaction) => {
    const launch = await readLaunch(transaction, tenant);
    if (!launch) throw unknownTenant(tenant);
    const watches = watchesThatCount(launch, await readWatches(transaction, tenant));
    const reviews = await readReviews(transaction, tenant, watches);
    const asked = reviewsOf(command, reviews);
    refuseIfAny([
      ...(fault === undefined ? [] : [missingExplanation(fault)]),
      ...(await missingOf(transaction, command, asked)),
    ]);
    for (const { watch, seq } of asked) {
      await transaction.$executeRaw`
        UPDATE trace_review SET explained_by = ${actor}, explanation = ${explanation}, approved_us = now_us()
         WHERE tenant_id = ${tenant} AND supplier_id = ${watch.supplier} AND watch_number = ${watch.number}
           AND event_seq = ${seq} AND approved_us IS NULL`;
    }
    const [first] = asked;
    if (!first) throw new Error('an update that was found has gone');
    const { supplier, eventId, watch } = first;
    await writeAudit(transaction, {
      tenant,
      actor,
      origin,
      reason: explanation,
      action: 'gate.approve_trace',
      subject: `event/${tenant}/${supplier}/${eventId}`,
      before: { approved: 0 },
      after: { approved: 1, itemId: first.itemId },
    });
    const approved = reviews.filter(
      (one) => one.watch.supplier === watch.supplier && (one.approvedAt !== null || asked.includes(one)),
    ).length;
    return { tenant, supplier, eventId, approved, needed: REVIEWS_NEEDED };
  });
}

function reviewsOf({ supplier, eventId }: ApproveTraceCommand, reviews: readonly ReviewRow[]): ReviewRow[] {
  return reviews.filter(
    (one) => one.eventId === eventId && (supplier === undefined || one.supplier === supplier),
  );
}

async function missingOf(
  transaction: Transaction,
  { eventId, supplier }: ApproveTraceCommand,
  asked: readonly ReviewRow[],
): Promise<Missing[]> {
  const [first] = asked;
  const name = `Event ${eventId}${supplier === undefined ? '' : ` of ${supplier}`}`;
  if (!first) {
    return [
      {
        condition: 'event_sampled',
        detail: `${name} is none of the updates that the gate has sampled in this watch. \`catalog-sync gate status\` lists them.`,
      },
    ];
  }
  if (asked.some((one) => one.seq !== first.seq)) {
    return [
      {
        condition: 'event_named',
        detail: `Several suppliers have a sampled event ${eventId}: name the supplier too.`,
      },
    ];
  }
  if (asked.every(({ approvedAt }) => approvedAt !== null)) {
    return [
      {
        condition: 'event_not_approved',
        detail: `${name} was explained before, by ${first.explainedBy ?? 'somebody'}. Each sampled update counts once.`,
      },
    ];
  }
  const lack = await incompleteTrace(transaction, first);
  return lack === null
    ? []
    : [
        {
          condition: 'trace_complete',
          detail: `The trace of ${name.replace('Event', 'event')} is incomplete: ${lack}. What cannot be traced cannot be explained.`,
        },
      ];
}

function missingExplanation(fault: string): Missing {
  return {
    condition: 'explanation',
    detail: `The explanation ${fault}. Say why the item shows what it shows.`,
  };
}
