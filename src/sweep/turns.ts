import { z } from 'zod';
import type { Database } from '../database/client.ts';
import type { Sweep } from '../generated/prisma/client.ts';

/** A storefront that did not answer, and is asked again after the others. */
const putOffSchema = z.object({
  storefront: z.string(),
  /** How far it was gone through, and what was found there that the catalog does not have. */
  after: z.string(),
  foreign: z.int(),
  /** Since when it has not answered, in µs, and what it said last. */
  sinceUs: z.string(),
  reason: z.string(),
});
export type PutOff = z.infer<typeof putOffSchema>;

/** The storefronts that a sweep has put off, in the order in which they are asked again. */
export function putOffOf({ putOff }: Pick<Sweep, 'putOff'>): PutOff[] {
  return z.array(putOffSchema).parse(putOff);
}

/** Which storefront is asked next, and what the sweep's row says then. */
interface Turn {
  isFresh: boolean;
  data: { storefront: string; putOff: PutOff[]; begun: string[] } & Record<string, unknown>;
}

/**
 * First those that were not asked yet, by their names, so that none is left out or asked twice when their order changes
 * meanwhile; then those that were put off, from where they were.
 */
function nextTurn(sweep: Sweep, names: readonly string[], putOff: readonly PutOff[]): Turn | undefined {
  const [fresh] = names.filter((name) => isFresh(sweep, name)).toSorted();
  if (fresh !== undefined) {
    const begun = [...sweep.begun, fresh];
    const data = {
      ...{ storefront: fresh, begun, putOff: [...putOff], itemsForeign: 0 },
      ...{ silentSinceUs: null, silentReason: null },
      // One that began before sweeps had a storefront goes on where it was.
      ...(sweep.storefront !== null && { afterItemId: '' }),
    };
    return { isFresh: true, data };
  }
  const [again, ...others] = putOff.filter(({ storefront }) => names.includes(storefront));
  if (!again) return undefined;
  const data = {
    ...{ storefront: again.storefront, begun: sweep.begun, putOff: others, itemsForeign: again.foreign },
    ...{ afterItemId: again.after, silentSinceUs: BigInt(again.sinceUs), silentReason: again.reason },
  };
  return { isFresh: false, data };
}

function isFresh({ begun, storefront }: Sweep, name: string): boolean {
  if (begun.length > 0) return !begun.includes(name);
  // One that began before what it has begun was noted.
  return storefront === null || name > storefront;
}

/** Goes on to the next storefront. @returns false when none is left */
export async function takeTurn(
  database: Pick<Database, 'sweep'>,
  sweep: Sweep,
  names: readonly string[],
): Promise<boolean> {
  const turn = nextTurn(sweep, names, putOffOf(sweep));
  if (turn) await move(database, sweep, turn);
  return turn !== undefined;
}

/**
 * Leaves a storefront that does not answer for another one, if there is one: it is asked again after those that are left.
 *
 * @returns `fresh`: to one that was not asked yet; `again`: to another one that was put off; `alone`: there is none
 */
export async function putOffSilent(
  database: Pick<Database, 'sweep'>,
  sweep: Sweep,
  names: readonly string[],
): Promise<'fresh' | 'again' | 'alone'> {
  const { storefront, silentSinceUs } = sweep;
  if (storefront === null || silentSinceUs === null) return 'alone';
  const own = {
    ...{ storefront, after: sweep.afterItemId, foreign: sweep.itemsForeign },
    ...{ sinceUs: silentSinceUs.toString(), reason: sweep.silentReason ?? '' },
  };
  const others = putOffOf(sweep);
  const turn = nextTurn(sweep, names, others);
  if (!turn) return 'alone';
  await move(database, sweep, { ...turn, data: { ...turn.data, putOff: [...turn.data.putOff, own] } });
  return turn.isFresh ? 'fresh' : 'again';
}

/** Whoever comes late changes nothing: the storefront that is left has to be the one that is asked. */
async function move(
  database: Pick<Database, 'sweep'>,
  { id, storefront }: Sweep,
  { data }: Turn,
): Promise<void> {
  await database.sweep.updateMany({
    where: { id, state: 'running', phase: 'ask', storefront },
    data: { ...data, way: null, wayReason: null },
  });
}
