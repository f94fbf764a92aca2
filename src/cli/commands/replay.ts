import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { ReplayStatus } from '../../replay/follow-replay.ts';
import { withContext } from '../context.ts';
import { CommandError, usageError } from '../errors.ts';
import { note, print, printJson, wantsJson } from '../output.ts';

interface ReplayOptions {
  tenant: string;
  since: string;
  until?: string;
  supplier?: string;
}

export function register(program: Command): void {
  program
    .command('replay')
    .description('send the events of a time window through the sync again')
    .requiredOption('--tenant <name>', 'whose events')
    .requiredOption('--since <time>', 'received at or after: RFC 3339, e.g. 2026-06-01T00:00:00Z')
    .option('--until <time>', 'received before; now unless given')
    .option('--supplier <name>', 'of this supplier only')
    .addHelpText(
      'after',
      `
Runs as a workflow that outlives this command, and prints the id of each item
that it touched, one a line. Ctrl-C stops following; the replay goes on.
Exit code 1 when an event failed.

Example:
  $ catalog-sync replay --tenant canary --since 2026-06-01T00:00:00Z`,
    )
    .action(async (options: ReplayOptions, command: Command) => {
      await withContext(async (context) => {
        const [
          { Client, Connection },
          { parseTime, formatTime, microsOf },
          starting,
          { followReplay },
          stop,
        ] = await Promise.all([
          import('@temporalio/client'),
          import('../../domain/time.ts'),
          import('../../replay/start-replay.ts'),
          import('../../replay/follow-replay.ts'),
          import('../../process/stop-signal.ts'),
        ]);
        const timeOf = (option: string, text: string) => {
          const parsed = parseTime(text);
          if (!parsed.ok) throw usageError(`${option} ${JSON.stringify(text)} is ${parsed.fault}.`);
          return parsed.at;
        };
        const since = timeOf('--since', options.since);
        const until = options.until === undefined ? microsOf(new Date()) : timeOf('--until', options.until);
        const window = { tenant: options.tenant, supplier: options.supplier, since, until };
        const database = await context.database();
        const eventsTotal = await starting.checkReplay(database, window);
        note(
          `replaying ${eventsTotal} events of ${options.tenant}${options.supplier ? `/${options.supplier}` : ''}, ` +
            `received from ${formatTime(since)} to ${formatTime(until)}`,
        );
        const { connectionOptions, namespace, uiUrl } = await context.temporal();
        const connection = await Connection.connect(connectionOptions);
        const client = new Client({ connection, namespace });
        const { username: requestedBy } = userInfo();
        const id = await starting
          .startReplay(client, database, { ...window, eventsTotal, requestedBy })
          .finally(() => connection.close());
        note(
          `replay ${id}: ${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(`replay:${id}`)}`,
        );

        const json = wantsJson(command);
        const { signal } = stop.stopSignal();
        const status = await followReplay(
          database,
          id,
          {
            items: (itemIds) => {
              if (itemIds.length > 0) clearProgress();
              for (const itemId of itemIds)
                if (json) printJson({ itemId });
                else print(itemId);
            },
            progress: showProgress,
          },
          signal,
        );
        clearProgress();
        report(id, status);
      });
    });
}

function showProgress({ eventsDone, eventsTotal }: ReplayStatus): void {
  clearProgress();
  if (process.stderr.isTTY) process.stderr.write(`${eventsDone} of ${eventsTotal} events`);
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}

function report(id: string, { state, eventsDone, eventsFailed, eventsTotal }: ReplayStatus): void {
  if (state === 'running') {
    note(`no longer following; replay ${id} goes on (${eventsDone} of ${eventsTotal} events done)`);
    return;
  }
  note(`replay ${id} ${state}: ${eventsDone} events, of which ${eventsFailed} failed`);
  if (state !== 'completed' || eventsFailed > 0) throw new CommandError(`the replay ${id} had failures`);
}
