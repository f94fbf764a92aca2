import { once } from 'node:events';
import type { ChangePage } from '../../changes/read-changes.ts';
import { CursorGoneError, CursorRefusedError } from '../../changes/cursor-errors.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import { printable } from '../../domain/safe-text.ts';
import { secondsInWords } from '../../domain/span.ts';
import { stopSignal } from '../../process/stop-signal.ts';
import { withContext } from '../context.ts';
import { CommandError, usageError } from '../errors.ts';
import { COLUMNS, note, print, printJson } from '../output.ts';
import { wrap } from '../terminal-text.ts';
import { followChanges } from './follow-changes.ts';

export interface ChangesOptions {
  tenant: string;
  after?: string;
  follow?: true;
}

type Change = ChangePage['changes'][number];

/** `changes`: prints a tenant's change feed, as slow as whoever reads it. */
export async function runChanges({ tenant, after, follow }: ChangesOptions, json: boolean): Promise<void> {
  await withContext(async (context) => {
    const database = await context.database();
    await knownTenant(database, tenant);
    const { signal } = stopSignal();
    if (follow) note(`following the changes of ${tenant}; Ctrl-C ends it`);
    try {
      const { next, behindMs } = await followChanges(
        database,
        { tenant, after, follow: follow === true },
        (changes) => printChanges(changes, json),
        signal,
      );
      if (behindMs > 0) note(wrap(waitInWords(behindMs), COLUMNS).join('\n'));
      if (next !== undefined) note(`to go on: --after ${next}`);
    } catch (error) {
      throw inWords(error);
    }
  });
}

async function printChanges(changes: readonly Change[], json: boolean): Promise<void> {
  for (const change of changes) {
    if (json) printJson(change);
    else print(changeInWords(change));
  }
  if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
}

/** A change in a line: when it was made, what the item is now, and the event that made it. */
function changeInWords({ createdAt, sku, quantity, version, kind, eventId, supplier }: Change): string {
  const when = `${createdAt.slice(0, 19).replace('T', ' ')}Z`;
  const made = kind === 'update' ? '' : `${kind} `;
  return printable(`${when}  ${sku} = ${quantity}  version ${version}, ${made}${eventId} of ${supplier}`);
}

function waitInWords(behindMs: number): string {
  return (
    `The oldest change that is not told yet waits for ${secondsInWords(behindMs / 1_000)}: a transaction that began ` +
    'before it is still open. docs/changes.md says how to find it.'
  );
}

function inWords(error: unknown): unknown {
  if (error instanceof CursorRefusedError) return usageError(`--after: ${error.message}`);
  if (error instanceof CursorGoneError) {
    return new CommandError(
      `${error.message} Nobody can go on from this cursor: read all items again, and go on from there.`,
    );
  }
  return error;
}
