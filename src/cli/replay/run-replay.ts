import { printable } from '../../domain/safe-text.ts';
import { UnknownTenantError } from '../../database/known-tenant.ts';
import { createInterface } from 'node:readline/promises';
import type { Database } from '../../database/client.ts';
import type { ReplayWindow } from '../../replay/replay-window.ts';
import type { FailureMode } from '../../domain/failure-modes.ts';
import { normalizeSku } from '../../domain/normalize.ts';
import type { EventOutcome } from '../../domain/event-outcome.ts';
import { formatTime, parseExactTime, type Micros } from '../../domain/time.ts';
import { checkReplay } from '../../replay/check-replay.ts';
import { ReplayRefused } from '../../replay/replay-refused.ts';
import { freezeWindow, type AskedWindow } from '../../replay/freeze-window.ts';
import { predictReplay } from '../../replay/predict-replay.ts';
import { requestReplay } from '../../replay/request-replay.ts';
import { withContext } from '../context.ts';
import { CommandError, usageError } from '../errors.ts';
import { actorOf, cliOrigin } from '../option-values.ts';
import { note, print, printJson } from '../output.ts';
import { followToItsEnd } from './follow.ts';
import { counted, totalsOf } from './words.ts';

export interface ReplayOptions {
  tenant?: string;
  since?: string;
  until?: string;
  by: 'received-at' | 'updated-at';
  supplier?: string;
  sku?: string;
  outcome?: EventOutcome;
  failureMode?: FailureMode;
  rate?: number;
  dryRun?: true;
  yes?: true;
  actor?: string;
}

/** Above so many events it asks. */
const MANY = 1_000;

/** `replay` without a subcommand: predicts a replay, or starts one and follows it. */
export async function runReplay(options: ReplayOptions, json: boolean): Promise<void> {
  const asked = windowOf(options);
  await withContext(async (context) => {
    const database = await context.database();
    const window = await freezeWindow(database, asked);
    const dryRun = options.dryRun === true;
    const eventsTotal = await checkReplay(database, window, { dryRun }).catch((error: unknown) => {
      throw error instanceof ReplayRefused || error instanceof UnknownTenantError
        ? usageError(error.message)
        : error;
    });
    note(
      `${dryRun ? 'a replay would go' : 'replaying'} ${dryRun ? 'through ' : ''}${inWords(window, eventsTotal)}`,
    );
    if (dryRun) {
      await predict(database, window, json);
      return;
    }
    if (eventsTotal > MANY && options.yes !== true) await ask(eventsTotal);
    const id = await requestReplay(database, {
      ...window,
      eventsTotal,
      rate: options.rate,
      requestedBy: actorOf(options),
      origin: cliOrigin(),
    });
    const { namespace, uiUrl } = await context.temporal();
    note(`replay ${id}: ${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(`replay:${id}`)}`);
    await followToItsEnd(database, id, json);
  });
}

function windowOf(options: ReplayOptions): AskedWindow {
  if (options.tenant === undefined) throw usageError('--tenant is missing: whose events?');
  if (options.since === undefined) {
    throw usageError('--since is missing: from when on, e.g. --since 2026-06-01T00:00:00Z');
  }
  return {
    tenant: options.tenant,
    supplier: options.supplier,
    sku: options.sku === undefined ? undefined : normalizeSku(options.sku),
    outcome: options.outcome,
    failureMode: options.failureMode,
    by: options.by === 'updated-at' ? 'updated_at' : 'received_at',
    since: timeOf('--since', options.since),
    until: options.until === undefined ? undefined : timeOf('--until', options.until),
  };
}

function timeOf(option: string, text: string): Micros {
  const parsed = parseExactTime(text);
  if (!parsed.ok) throw usageError(`${option} ${JSON.stringify(text)} is ${parsed.fault}.`);
  return parsed.at;
}

/** The filters as they were resolved. */
function inWords(window: ReplayWindow, eventsTotal: number): string {
  const { tenant, supplier, sku, outcome, failureMode, by } = window;
  const filters = [
    supplier !== undefined && `supplier ${supplier}`,
    sku !== undefined && `SKU ${printable(sku)}`,
    outcome !== undefined && `outcome ${outcome}`,
    failureMode !== undefined && `failure mode ${failureMode}`,
  ].filter((filter) => filter !== false);
  const verb = by === 'received_at' ? 'received' : 'updated';
  return (
    `${counted(eventsTotal, 'event')} of tenant ${tenant}${filters.length > 0 ? `, ${filters.join(', ')}` : ''},\n` +
    `${verb} from ${formatTime(window.since)} to ${formatTime(window.until)}`
  );
}

async function ask(eventsTotal: number): Promise<void> {
  if (!process.stdin.isTTY) {
    throw usageError(`These are ${eventsTotal} events, more than ${MANY}. Add --yes if you mean it.`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and Ctrl-D are a no as well.
  const answer = await terminal
    .question(`Replay ${eventsTotal} events? [y/N] `)
    .catch(() => '')
    .finally(() => terminal.close());
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new CommandError('Nothing was started.');
}

async function predict(database: Database, window: ReplayWindow, json: boolean): Promise<void> {
  const prediction = await predictReplay(database, window, {
    rejected: (event) => {
      if (json) printJson(event);
      else
        print(
          `${'rejected'.padEnd(15)}  ${printable(event.sku)} (${event.failureMode}, ${event.supplier}/${printable(event.eventId)})`,
        );
    },
    item: (itemId, outcome) => {
      if (json) printJson({ itemId, outcome });
      else print(`${outcome.padEnd(15)}  ${itemId}`);
    },
  });
  if (json) printJson({ dryRun: true, ...prediction });
  note(`dry run of ${counted(prediction.events, 'event')}; nothing was changed`);
  note(totalsOf({ ...prediction.items, rejected: prediction.rejected }, prediction.failureModes));
}
