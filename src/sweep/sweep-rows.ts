import type { Database } from '../database/client.ts';
import type { SweepEnd } from '../domain/sweep.ts';

/** Ends a sweep that runs. @returns false when it had ended before */
export async function endSweep(
  database: Pick<Database, '$queryRaw'>,
  sweepId: string,
  state: SweepEnd,
  failure?: string,
): Promise<boolean> {
  const [row] = await database.$queryRaw<{ ended: boolean }[]>`
    SELECT end_sweep(${sweepId}, ${state}, ${failure ?? null}) AS ended`;
  return row?.ended ?? false;
}

/**
 * Notes that a sweep does not get on.
 *
 * @returns for how many seconds it has not
 */
export async function noteSilence(
  database: Pick<Database, '$queryRaw'>,
  sweepId: string,
  reason: string,
): Promise<number> {
  const [row] = await database.$queryRaw<{ seconds: number }[]>`
    UPDATE sweep SET silent_since_us = coalesce(silent_since_us, now_us()), silent_reason = ${reason}
     WHERE id = ${sweepId} AND state = 'running'
    RETURNING ((now_us() - silent_since_us) / 1000000)::integer AS seconds`;
  return row?.seconds ?? 0;
}

/** Where a tenant's storefront is; undefined when it has no address, and there is none for such tenants. */
export async function storefrontOf(
  database: Pick<Database, 'tenant'>,
  tenant: string,
  defaultUrl: string | undefined,
): Promise<string | undefined> {
  const row = await database.tenant.findUnique({
    where: { id: tenant },
    select: { storefrontUrl: true, storefrontSecret: true },
  });
  return (row?.storefrontSecret && row.storefrontUrl) || defaultUrl;
}
