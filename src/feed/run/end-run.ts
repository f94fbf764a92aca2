import type { Database } from '../../database/client.ts';
import type { RunEnd } from '../../domain/feed-run.ts';

/** Ends a run that is under way or held. @returns false when it had ended before */
export async function endRun(
  database: Pick<Database, '$queryRaw'>,
  runId: string,
  state: RunEnd,
  failure?: string,
): Promise<boolean> {
  const [row] = await database.$queryRaw<{ ended: boolean }[]>`
    SELECT end_feed_run(${runId}, ${state}, ${failure ?? null}) AS ended`;
  return row?.ended ?? false;
}
