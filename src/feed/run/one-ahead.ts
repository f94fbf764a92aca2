/**
 * Gets each thing ready while the one before it is being stored: the database and we work at the same time. One after
 * the other is stored, in their order.
 */
export async function oneAhead<Thing, Ready>(
  things: AsyncIterable<Thing>,
  getReady: (thing: Thing) => Ready,
  store: (ready: Ready) => Promise<void>,
): Promise<void> {
  let storing = Promise.resolve();
  try {
    for await (const thing of things) {
      const ready = getReady(thing);
      await storing;
      storing = store(ready);
      // What is wrong with it is thrown when it is waited for.
      storing.catch(() => undefined);
    }
  } finally {
    await storing;
  }
}
