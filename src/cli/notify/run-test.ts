import { setTimeout as sleep } from 'node:timers/promises';
import { secondsInWords } from '../../domain/span.ts';
import { requestTest } from '../../notify/request-test.ts';
import { SCHEDULES } from '../../temporal/schedules.ts';
import { withContext, type CliContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { note, print, printJson } from '../output.ts';

const LOOK_EVERY_MS = 500;

/** `notify test` */
export async function runTest(name: string, waitSeconds: number, json: boolean): Promise<void> {
  await withContext(async (context) => {
    const database = await context.database();
    const id = await requestTest(database, name);
    await hurry(context);
    const until = performance.now() + waitSeconds * 1000;
    let failure: string | null = null;
    while (performance.now() < until) {
      const row = await database.notification.findUnique({ where: { id } });
      if (!row) throw new CommandError(`The channel ${name} was removed meanwhile.`);
      if (row.state === 'sent') {
        if (json) return printJson({ channel: name, id, sent: true });
        return print(`sent: ${name} has taken the message ${id}`);
      }
      if (row.state === 'given_up')
        throw new CommandError(
          `It did not come through, and is not tried again: ${row.failure ?? 'no reason given'}.`,
        );
      if (row.failure !== null && row.failure !== failure) note(`a try failed: ${row.failure}`);
      failure = row.failure ?? failure;
      await sleep(LOOK_EVERY_MS);
    }
    if (failure !== null) throw new CommandError(`It does not come through: ${failure}. It is tried again.`);
    throw new CommandError(
      `No worker has tried to send it within ${secondsInWords(waitSeconds)}. See that one runs: \`catalog-sync doctor\`. ` +
        'Messages before it are sent first: `catalog-sync notify list`.',
    );
  });
}

/** The schedule looks by itself soon: whether Temporal can be asked from here matters to nobody. */
async function hurry(context: CliContext): Promise<void> {
  const { Client, Connection } = await import('@temporalio/client');
  const { connectionOptions, namespace } = await context.temporal();
  const connection = Connection.lazy(connectionOptions);
  try {
    const client = new Client({ connection, namespace });
    await connection.withDeadline(Date.now() + 3_000, () =>
      client.schedule.getHandle(SCHEDULES.notifications).trigger(),
    );
  } catch {
    // See above.
  } finally {
    await connection.close();
  }
}
