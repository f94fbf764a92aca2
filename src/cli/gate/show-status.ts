import { setTimeout as sleep } from 'node:timers/promises';
import { readGate } from '../../gate/read-gate.ts';
import type { GateStatus } from '../../gate/gate-status.ts';
import { isDatabaseUnavailable } from '../../database/database-unavailable.ts';
import { stopSignal } from '../../process/stop-signal.ts';
import type { Database } from '../../database/client.ts';
import { withContext } from '../context.ts';
import { note, print, printJson, wantsColour } from '../output.ts';
import { renderGate } from './render-gate.ts';

/** `gate status`: asks PostgreSQL only, so that a gate whose worker is dead can be looked at. */
export async function showStatus(options: {
  tenant: string;
  watch?: true;
  every: number;
  json: boolean;
}): Promise<void> {
  await withContext(async (context) => {
    const database = await context.database();
    process.exitCode = await show(database, options);
    if (options.watch !== true) return;
    const { signal } = stopSignal();
    while (!signal.aborted) {
      await sleep(options.every * 1000, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      try {
        process.exitCode = await show(database, { ...options, again: true });
      } catch (error) {
        if (!isDatabaseUnavailable(error)) throw error;
        note('PostgreSQL does not answer; asking again');
      }
    }
  });
}

async function show(
  database: Database,
  { tenant, json, again = false }: { tenant: string; json: boolean; again?: boolean },
): Promise<number> {
  const status = await readGate(database, tenant);
  if (json) printJson(status);
  else {
    const text = renderGate(status, { colour: wantsColour(process.stdout) });
    // A terminal is redrawn from its top; elsewhere one look follows the other.
    if (again) print(process.stdout.isTTY ? `\u001b[H\u001b[2J${text}` : `\n${text}`);
    else print(text);
  }
  return exitCodeOf(status);
}

/** 0 all green, 3 closed or a signal missed, 4 inconclusive. */
export function exitCodeOf({ state, verdict }: Pick<GateStatus, 'state' | 'verdict'>): 0 | 3 | 4 {
  if (state === 'closed' || verdict === 'miss') return 3;
  return verdict === 'inconclusive' ? 4 : 0;
}
