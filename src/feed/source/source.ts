import type { Micros } from '../../domain/time.ts';

/** A file that was written to in so short a time may not be whole yet. */
export const SETTLED_AFTER_SECONDS = 10;

/** By which a file is told from others, and from itself at another time. */
export interface FoundFile {
  /** Names what it holds, as far as the source knows: an ETag, or size and time. Undefined: only reading tells. */
  state: string | undefined;
  writtenAt: Micros | undefined;
}

/** A file that a source has. */
export interface SourceFile extends FoundFile {
  name: string;
  /** Whether it may still be written to: then two looks, some seconds apart, have to find the same. */
  mayBeHalf: boolean;
  /** Its bytes; ended early, it is let go. */
  open(): Promise<AsyncIterable<Uint8Array>>;
}

/** What a feed's files are fetched from. */
export interface Source {
  /**
   * What there is now, the oldest first.
   *
   * @param known whether a run has had that file: it need not be given again
   * @throws SourceFailed
   */
  look(known: (file: FoundFile) => boolean): Promise<SourceFile[]>;
}

/** A source does not give what it has to. */
export class SourceFailed extends Error {
  override name = 'SourceFailed';
  /** Whether the same might do in a while. */
  readonly passes: boolean;

  constructor(message: string, { passes, cause }: { passes: boolean; cause?: unknown }) {
    super(message, { cause });
    this.passes = passes;
  }
}
