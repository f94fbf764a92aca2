import { setImmediate as nextTurn } from 'node:timers/promises';

/** So many rows are mapped in a few milliseconds; then others have their turn. */
const ROWS_AT_A_STRETCH = 50;

/**
 * Gets each thing ready while the one before it is being stored: the database and we work at the same time. One after
 * the other is stored, in their order.
 */
export async function oneAhead<Thing, Ready>(
  things: AsyncIterable<Thing>,
  getReady: (thing: Thing) => Promise<Ready>,
  store: (ready: Ready) => Promise<void>,
): Promise<void> {
  let storing = Promise.resolve();
  try {
    for await (const thing of things) {
      const ready = await getReady(thing);
      await storing;
      storing = store(ready);
      // What is wrong with it is thrown when it is waited for.
      storing.catch(() => undefined);
    }
  } finally {
    await storing;
  }
}

/** Works through rows without keeping the process from what comes live. */
export async function byStretches<Row>(
  rows: readonly Row[],
  work: (some: readonly Row[]) => void,
): Promise<void> {
  for (let start = 0; start < rows.length; start += ROWS_AT_A_STRETCH) {
    work(rows.slice(start, start + ROWS_AT_A_STRETCH));
    await nextTurn();
  }
}
