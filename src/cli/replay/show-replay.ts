import { printable } from '../../domain/safe-text.ts';
import { cancelReplay } from '../../replay/cancel-replay.ts';
import type { Database } from '../../database/client.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import { readCarriedRules } from '../../replay/carried-rules.ts';
import { ReplayRefused } from '../../replay/replay-refused.ts';
import { readReplayStatus, type ReplayStatus } from '../../replay/replay-status.ts';
import { formatTime } from '../../domain/time.ts';
import { withContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { actorOf, cliOrigin, type AuditOptions } from '../option-values.ts';
import { columns, note, print, printJson } from '../output.ts';
import { followToItsEnd, report, summaryOf } from './follow.ts';

/** `replay list` */
export async function listReplays(
  page: { tenant: string | undefined; limit: number },
  json: boolean,
): Promise<void> {
  await withContext(async (context) => {
    const database = await context.database();
    const rows = await database.replay.findMany({
      where: page.tenant === undefined ? {} : { tenantId: page.tenant },
      orderBy: [{ createdAtUs: 'desc' }, { id: 'desc' }],
      take: page.limit,
    });
    if (json) {
      for (const { id } of rows) printJson(await readReplayStatus(database, id));
      return;
    }
    if (rows.length === 0) {
      if (page.tenant !== undefined) await knownTenant(database, page.tenant);
      note('There were no replays.');
      return;
    }
    const rules = await readCarriedRules(database, rows);
    print(
      columns(
        ['ID', 'TENANT', 'STATE', 'STARTED', 'EVENTS', 'BY', 'STOCK RULE'],
        rows.map((row) => [
          row.id,
          row.tenantId,
          row.state,
          `${formatTime(row.createdAtUs).slice(0, 19)}Z`,
          String(row.eventsTotal),
          printable(row.requestedBy),
          row.stockRuleId === null ? '-' : (rules.get(row.stockRuleId) ?? ''),
        ]),
      ),
    );
  });
}

/** `replay show` */
export async function showReplay(
  id: string,
  options: { tenant: string | undefined; follow: boolean; json: boolean },
): Promise<void> {
  await withContext(async (context) => {
    const database = await context.database();
    const status = await statusOf(database, id, options.tenant);
    if (options.follow) {
      await followToItsEnd(database, id, options.json);
      return;
    }
    if (options.json) {
      printJson(summaryOf(status));
      return;
    }
    const { events, items } = status;
    print(
      [
        ['replay', status.replayId],
        ['state', status.state],
        ['tenant', status.tenant],
        ['supplier', status.supplier],
        ['SKU', status.sku === null ? null : printable(status.sku)],
        ['outcome', status.outcome],
        ['failure mode', status.failureMode],
        ['stock rule', status.stockRule],
        ...windowRows(status),
        ['rate', status.rate === null ? null : `at most ${status.rate}/s`],
        ['asked for', `${status.createdAt} by ${printable(status.requestedBy)}`],
        ['ended', status.finishedAt],
        ['pruned', status.prunedAt],
        ['events', `${events.done} of ${events.total} done, ${events.failed} failed`],
        ...Object.entries(events.outcomes).map(([name, count]) => ['', `${name} ${count}`]),
        ...Object.entries(events.failureModes).map(([name, count]) => ['', `${name} ${count}`]),
        ['items', `${items.touched} touched, ${items.changed} changed`],
        ...Object.entries(items.outcomes).map(([name, count]) => ['', `${name} ${count}`]),
      ]
        .filter(([, value]) => value !== null)
        .map(([name, value]) => `${String(name).padEnd(12)}  ${String(value)}`)
        .join('\n'),
    );
  });
}

/** A change of the stock rule goes over items, whenever their events came. */
function windowRows({ stockRule, by, since, until }: ReplayStatus): [string, string][] {
  if (stockRule !== null) return [];
  return [
    [by === 'received_at' ? 'received' : 'updated', `${since} to`],
    ['', until],
  ];
}

/** `replay cancel` */
export async function cancel(
  id: string,
  options: AuditOptions & { tenant?: string },
  json: boolean,
): Promise<void> {
  await withContext(async (context) => {
    const database = await context.database();
    await statusOf(database, id, options.tenant);
    const cancelled = await cancelReplay(database, id, actorOf(options), options.reason, cliOrigin()).catch(
      (error: unknown) => {
        throw error instanceof ReplayRefused ? new CommandError(error.message) : error;
      },
    );
    const status = await statusOf(database, id, options.tenant);
    if (!cancelled) throw new CommandError(`Replay ${id} had ended before: it is ${status.state}.`);
    if (json) printJson(summaryOf(status));
    report(status);
  });
}

async function statusOf(database: Database, id: string, tenant: string | undefined): Promise<ReplayStatus> {
  const status = await readReplayStatus(database, id);
  if (status && (tenant === undefined || tenant === status.tenant)) return status;
  const whose = tenant === undefined ? '' : ` of tenant ${tenant}`;
  throw new CommandError(`There is no replay ${id}${whose}; \`catalog-sync replay list\` names them.`);
}
