const LEAST = 1024;

/** Bytes that come in pieces, one behind another. */
export interface GrowingBuffer {
  readonly length: number;
  append(piece: Buffer): void;
  /** All of them so far; to be called last. */
  bytes(): Buffer;
}

/** Copies each piece: a list of a million pieces of one byte would take a hundred times what they hold. */
export function createGrowingBuffer(): GrowingBuffer {
  let room = Buffer.alloc(0);
  let length = 0;
  return {
    get length() {
      return length;
    },
    append(piece) {
      const needed = length + piece.length;
      if (needed > room.length) {
        const larger = Buffer.allocUnsafe(Math.max(LEAST, needed, 2 * room.length));
        room.copy(larger, 0, 0, length);
        room = larger;
      }
      piece.copy(room, length);
      length = needed;
    },
    bytes: () => room.subarray(0, length),
  };
}
