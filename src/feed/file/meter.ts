import type { Limits, ReadSettings } from './row.ts';
import { UnreadableFile } from './unreadable-file.ts';

const MIB = 2 ** 20;

const LIMITS: Limits = { packedBytes: 2048 * MIB, unpackedBytes: 8192 * MIB };

/** Text with much repetition packs to a fiftieth; what packs to less than a 250th was made to. */
const MOST_RATIO = 250;
const RATIO_FROM = 64 * MIB;

export const limitsOf = (how: ReadSettings): Limits => ({ ...LIMITS, ...how.limits });

export async function* atMost(
  chunks: AsyncIterable<Buffer>,
  most: number,
  words: string,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > most) throw new UnreadableFile(`The file ${words} more than ${inMiB(most)}; split it.`);
    yield chunk;
  }
}

/** Ends a file that unpacks to far more than any feed does. */
export async function* againstBombs(
  unpacked: AsyncIterable<Buffer>,
  packedBytes: () => number,
  limits: Limits,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of unpacked) {
    bytes += chunk.length;
    if (bytes > limits.unpackedBytes) {
      throw new UnreadableFile(`The file unpacks to more than ${inMiB(limits.unpackedBytes)}; split it.`);
    }
    if (bytes > RATIO_FROM && bytes > MOST_RATIO * packedBytes()) {
      throw new UnreadableFile(
        `The file unpacks to more than ${MOST_RATIO} times its size: no feed does; send it unpacked.`,
      );
    }
    yield chunk;
  }
}

const inMiB = (bytes: number): string =>
  bytes < MIB ? `${bytes} bytes` : `${Math.round(bytes / MIB).toLocaleString('en')} MiB`;
