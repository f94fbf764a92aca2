import { setTimeout as sleep } from 'node:timers/promises';
import type { Soak } from './soak.ts';

/** What is still to be done. */
export interface Rest {
  undecided: number;
  due: number;
  unpublished: number;
  replays: number;
}

/**
 * Waits until nobody has anything left to do.
 *
 * @returns the seconds that it took; undefined when it never came to that, which is written down as wrong
 */
export async function untilSettled(
  { product, wrong }: Soak,
  withinMs: number,
  say: (rest: string) => void,
): Promise<number | undefined> {
  const begun = Date.now();
  let last: unknown;
  while (Date.now() - begun < withinMs) {
    try {
      const rest = await readRest(product);
      if (Object.values(rest).every((count) => count === 0)) return (Date.now() - begun) / 1_000;
      last = rest;
    } catch (error) {
      last = String(error);
    }
    say(JSON.stringify(last).replaceAll(/[{}"]/g, '').replaceAll(',', ', '));
    await sleep(500);
  }
  wrong.push(`it did not settle within ${withinMs / 1000} s: ${JSON.stringify(last)}`);
  return undefined;
}

async function readRest(product: Soak['product']): Promise<Rest> {
  const [row] = await product.sql<Record<keyof Rest, string>>(
    `SELECT (SELECT count(*) FROM supplier_event x
              WHERE x.decision IS NULL AND event_flows(x.tenant_id, x.supplier_id)) AS undecided,
            (SELECT count(*) FROM supplier_event x WHERE x.start_due_us IS NOT NULL) AS due,
            (SELECT count(*) FROM catalog_item_version v WHERE v.publication IN ('due', 'withheld')) AS unpublished,
            (SELECT count(*) FROM replay r WHERE r.state = 'running') AS replays`,
  );
  return {
    undecided: Number(row?.undecided),
    due: Number(row?.due),
    unpublished: Number(row?.unpublished),
    replays: Number(row?.replays),
  };
}
