import { decryptSecret } from '../../../src/access/secrets/encryption.ts';
import { advanceRun } from '../../../src/feed/run/advance-run.ts';
import { fetchRun } from '../../../src/feed/run/fetch-run.ts';
import { requestRun } from '../../../src/feed/run/request-run.ts';
import type { RunStatus } from '../../../src/feed/run/told-run.ts';
import type { TestDatabase } from '../../support/database.ts';
import { BY, KEYS, statusOf, TENANT } from '../run/run-world.ts';

export interface Try {
  /** The last one, unless given: what fails then has failed. */
  attempt?: number;
  folder?: string;
  signal?: AbortSignal;
}

/** Asks for a run of a feed, and carries it on as far as it goes. */
export async function fetchNow(test: TestDatabase, feed: string, once: Try = {}): Promise<RunStatus> {
  const runId = await requestRun(test.as('operator'), { tenant: TENANT, feed, trigger: 'command', by: BY });
  return carryOnFetch(test, runId, once);
}

/** Carries a run on as a worker does, without Temporal. */
export async function carryOnFetch(
  test: TestDatabase,
  runId: string,
  { attempt = 9, folder, signal = new AbortController().signal }: Try = {},
): Promise<RunStatus> {
  const worker = test.as('worker');
  const open = (sealed: Uint8Array, context: string) => decryptSecret(KEYS, sealed, context);
  const fetchFile = fetchRun(worker, open, { attempt, folder, signal });
  await advanceRun(worker, runId, { beat: () => undefined, fetchFile, mostDue: 1_000_000 });
  return statusOf(test, runId);
}

/** Until it is whole: a file that may be half is looked at twice. */
export async function fetchWhole(test: TestDatabase, feed: string): Promise<RunStatus> {
  const { runId, state } = await fetchNow(test, feed);
  return state === 'fetching' ? carryOnFetch(test, runId) : statusOf(test, runId);
}
