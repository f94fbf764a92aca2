/** Reads up to the first row, so that what stands before it is known when the rows are asked for. */
export async function primed<T>(rows: AsyncGenerator<T>): Promise<AsyncGenerator<T>> {
  return from(await rows.next(), rows);
}

async function* from<T>(first: IteratorResult<T>, rows: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    for (let next = first; !next.done; next = await rows.next()) yield next.value;
  } finally {
    await rows.return(undefined);
  }
}

/** What an act throws. */
export function faultOf(act: () => void): Error | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
