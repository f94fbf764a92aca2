const PIECE = 64 * 1024;

export interface Peeked {
  /** The first bytes: all of them, when the file is no longer. */
  head: Buffer;
  whole: boolean;
  /** Everything, the head included, in pieces of at most 64 KiB; to be read once. */
  chunks: AsyncGenerator<Buffer>;
}

/** Looks at the first `size` bytes of what comes. */
export async function peek(source: AsyncIterator<Uint8Array>, size: number): Promise<Peeked> {
  const parts: Uint8Array[] = [];
  let length = 0;
  let whole = false;
  while (length < size && !whole) {
    const { done, value } = await source.next();
    if (done) {
      whole = true;
    } else {
      parts.push(value);
      length += value.length;
    }
  }
  const all = Buffer.concat(parts, length);
  return { head: all.subarray(0, size), whole: whole && length <= size, chunks: replay(all, source) };
}

async function* replay(head: Buffer, source: AsyncIterator<Uint8Array>): AsyncGenerator<Buffer> {
  try {
    yield* pieces(head);
    for (let next = await source.next(); !next.done; next = await source.next()) yield* pieces(next.value);
  } finally {
    await source.return?.();
  }
}

/** A body that comes in one chunk of a gigabyte must not become one block of a million rows. */
function* pieces(chunk: Uint8Array): Generator<Buffer> {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  for (let start = 0; start < bytes.length; start += PIECE) yield bytes.subarray(start, start + PIECE);
}
