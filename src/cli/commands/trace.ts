import { UnknownTenantError } from '../../database/known-tenant.ts';
import type { Command } from 'commander';
import type { Database } from '../../database/client.ts';
import type { FoundTrace } from '../../trace/find-trace.ts';
import type { Trace } from '../../trace/trace.ts';
import { withContext, type TemporalPlace } from '../context.ts';
import { CommandError } from '../errors.ts';
import { nameValue, wholeNumber } from '../option-values.ts';
import { note, print, printJson, wantsColour, wantsJson } from '../output.ts';

interface TraceOptions {
  tenant?: string;
  limit: number;
  before?: bigint;
}

export function register(program: Command): void {
  program
    .command('trace')
    .description('tell the whole story of an item or event: which event won, and why')
    .argument('<key>', "a SKU, a supplier's code, an item id (tenant:SKU) or an event id")
    .option('--tenant <tenant>', 'look at this tenant only', nameValue)
    .option('--limit <count>', 'most events to show, newest first', wholeNumber(1, 1000), 20)
    .option('--before <number>', 'go on with older events, as the last page says', (text) =>
      BigInt(wholeNumber(1, Number.MAX_SAFE_INTEGER)(text)),
    )
    .addHelpText(
      'after',
      `
The answer comes first, in words for a customer; then what it stands on, with
the addresses of the workflows in the Temporal Web UI, or that a workflow's
history has expired there. A key that means several
items tells a story for each; --json prints one object a line.

Examples:
  $ catalog-sync trace CHAIR-01
  $ catalog-sync trace canary:CHAIR-01 --json
  $ catalog-sync trace e-17 --tenant canary`,
    )
    .action(async (key: string, options: TraceOptions, command: Command) => {
      await withContext(async (context) => {
        const [{ findTraces, tenantsOf }, database, temporal] = await Promise.all([
          import('../../trace/find-trace.ts'),
          context.database(),
          context.temporal(),
        ]);
        const { tenant, limit, before } = options;
        const found = await findTraces(
          database,
          { key, tenant, limit, before },
          {
            temporalUiUrl: temporal.uiUrl,
            namespace: temporal.namespace,
            traceUiUrl: context.settings.TRACE_UI_URL,
            defaultStorefrontUrl: context.defaultStorefrontUrl,
          },
        );
        if (found.length === 0) {
          const tenants = await tenantsOf(database, tenant);
          const gone = await archivedOf(database, key, tenants);
          if (gone !== undefined) throw new CommandError(gone);
          const { findNearMatches } = await import('../../trace/near-matches.ts');
          const near = await findNearMatches(database, key, tenants);
          throw new CommandError(unknownKey(key, tenant, tenants, near));
        }
        const { renderTrace } = await import('../trace/render-trace.ts');
        const json = wantsJson(command);
        const traces = await askTemporal(temporal, found);
        for (const [index, { olderBefore }] of found.entries()) {
          const trace = traces[index];
          if (!trace) continue;
          if (json) printJson(trace);
          else
            print(
              `${index > 0 ? `\n${'-'.repeat(80)}\n` : ''}${renderTrace(trace, { colour: wantsColour(process.stdout) })}`,
            );
          if (olderBefore !== undefined) note(`There are older events: add --before ${olderBefore}.`);
        }
      });
    });
}

/** Says where events of that id went that were pruned; undefined when none was. */
async function archivedOf(
  database: Database,
  eventId: string,
  tenants: string[],
): Promise<string | undefined> {
  const [{ findArchived }, { archivedWords }] = await Promise.all([
    import('../../retention/find-archived.ts'),
    import('../../retention/archive-words.ts'),
  ]);
  const gone = await findArchived(database, { eventId, tenants });
  if (gone.length === 0) return undefined;
  return gone
    .map(
      (one) =>
        `Event ${eventId} of ${one.supplier} (tenant ${one.tenant}) has left the ledger: ${archivedWords(one)}.`,
    )
    .join('\n');
}

/** Temporal may be away, or slow: a trace does not wait for it. */
async function askTemporal(temporal: TemporalPlace, found: readonly FoundTrace[]): Promise<Trace[]> {
  const [{ Client, Connection }, { checkHistories }, { askNextTry }] = await Promise.all([
    import('@temporalio/client'),
    import('../../trace/check-histories.ts'),
    import('../../trace/ask-next-try.ts'),
  ]);
  const { connectionOptions, namespace } = temporal;
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '1s' });
    try {
      const client = new Client({ connection, namespace });
      const until = Date.now() + 3_000;
      const checked: Trace[] = [];
      for (const one of found) {
        const left = (): number => Math.max(1, until - Date.now());
        const nextTry = await askNextTry(client, one.trace, { timeoutMs: left() });
        const trace = nextTry === undefined ? one.trace : one.withNextTry(nextTry);
        checked.push(await checkHistories(client, trace, { timeoutMs: left() }));
      }
      return checked;
    } finally {
      await connection.close();
    }
  } catch {
    return found.map(({ trace }) => trace);
  }
}

function unknownKey(key: string, tenant: string | undefined, tenants: string[], near: string[]): string {
  if (tenant !== undefined && tenants.length === 0) {
    return new UnknownTenantError(tenant).message;
  }
  const where = tenant === undefined ? '' : ` of tenant ${tenant}`;
  const likely =
    near.length > 0
      ? `Near it: ${near.join(', ')}.`
      : 'Check the spelling: a SKU, an item id such as canary:CHAIR-01, or an event id.';
  return `No item or event${where} is known as ${JSON.stringify(key)}.\n${likely}`;
}
