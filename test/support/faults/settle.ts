import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './parts.ts';
import type { FaultProduct } from './product.ts';

export interface Standing {
  /** Events in the ledger. */
  events: number;
  /** Neither decided nor held. */
  undecided: number;
  decided: number;
  held: number;
  /** Events that a worker still has to do something for. */
  due: number;
  /** Publish attempts whose answer is not there yet. */
  sending: number;
}

/** Counted in the database, in one snapshot. */
export async function standingOf(product: Pick<FaultProduct, 'sql'>, tenant: string): Promise<Standing> {
  const [row] = await product.sql<Record<keyof Standing, string>>(
    `SELECT count(*) AS events,
            count(*) FILTER (WHERE decision IS NULL AND (held_at_us IS NULL OR start_due_us IS NOT NULL)) AS undecided,
            count(*) FILTER (WHERE decision IS NOT NULL) AS decided,
            count(*) FILTER (WHERE held_at_us IS NOT NULL AND start_due_us IS NULL) AS held,
            count(*) FILTER (WHERE start_due_us IS NOT NULL) AS due,
            (SELECT count(*) FROM publish_attempt a JOIN supplier_event e ON e.seq = a.event_seq
              WHERE a.status = 'sending' AND e.tenant_id = $1) AS sending
       FROM supplier_event WHERE tenant_id = $1`,
    [tenant],
  );
  const count = (name: keyof Standing): number => Number(row?.[name] ?? 0);
  return {
    events: count('events'),
    undecided: count('undecided'),
    decided: count('decided'),
    held: count('held'),
    due: count('due'),
    sending: count('sending'),
  };
}

/**
 * Waits until a tenant's events stand as wanted, saying now and then how they do.
 *
 * @throws Error with the last standing, or the last fault of the database, when they never do
 */
export async function untilStanding(
  product: Pick<FaultProduct, 'sql'>,
  tenant: string,
  wanted: (standing: Standing) => boolean,
  options: { what: string; withinMs: number; everyMs?: number },
): Promise<Standing> {
  const { what, withinMs, everyMs = 100 } = options;
  const begun = Date.now();
  let told = begun;
  let last: unknown;
  while (Date.now() - begun < withinMs) {
    try {
      const standing = await standingOf(product, tenant);
      if (wanted(standing)) return standing;
      last = standing;
    } catch (error) {
      last = String(error);
    }
    if (Date.now() - told > 5_000) {
      told = Date.now();
      say(`${tenant}: waiting for ${what}, ${Math.round((told - begun) / 1000)} s: ${JSON.stringify(last)}`);
    }
    await sleep(everyMs);
  }
  throw new Error(`${tenant}: it did not come to ${what} within ${withinMs} ms: ${JSON.stringify(last)}`);
}

/** Until no worker has anything left to do for the tenant's events. */
export function untilSettled(
  product: Pick<FaultProduct, 'sql'>,
  tenant: string,
  withinMs: number,
): Promise<Standing> {
  return untilStanding(product, tenant, ({ due, undecided }) => due === 0 && undecided === 0, {
    what: 'a settled ledger',
    withinMs,
    everyMs: 250,
  });
}
