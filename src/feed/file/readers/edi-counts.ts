import { UnreadableFile } from '../unreadable-file.ts';
import type { Segment } from './edi-segments.ts';

/** An envelope of EDI: a first segment, a last one, and what the last one says of it. */
export interface EdiFrame {
  open: string;
  close: string;
  /** The elements that name it, of the first and of the last segment. */
  reference: { open: number; close: number };
  /** The element of the last segment that counts, and what: segments, itself included, or frames within it. */
  count: { element: number; of: 'segments' | 'frames' };
}

interface Opened {
  frame: EdiFrame;
  name: string;
  segments: number;
  frames: number;
}

export interface EdiCounts {
  /** @throws UnreadableFile when an end does not fit what began, as in a file that was cut and went on */
  take(segment: Segment): void;
  /** @throws UnreadableFile when something has no end */
  end(): void;
}

/** Holds a file to what its envelopes say of it. */
export function ediCounts(frames: readonly EdiFrame[]): EdiCounts {
  const stack: Opened[] = [];
  return { take, end };

  function take(segment: Segment): void {
    const { tag } = segment;
    for (const one of stack) one.segments += 1;
    const opens = frames.find(({ open }) => open === tag);
    if (opens) {
      const around = stack.at(-1);
      if (around && frames.indexOf(around.frame) >= frames.indexOf(opens)) throw missing(around, segment);
      if (around) around.frames += 1;
      stack.push({ frame: opens, name: at(segment, opens.reference.open), segments: 1, frames: 0 });
      return;
    }
    const closes = frames.find(({ close }) => close === tag);
    if (!closes) return;
    const top = stack.at(-1);
    if (top?.frame !== closes) {
      if (top) throw missing(top, segment);
      throw new UnreadableFile(
        `Segment ${segment.number} is ${tag} without its ${closes.open}: the file is not whole.`,
      );
    }
    stack.pop();
    check(top, segment);
  }

  function end(): void {
    const top = stack.at(-1);
    if (top) {
      throw new UnreadableFile(
        `The file ends before ${top.frame.close} of ${top.frame.open} ${top.name}: it was cut. Send it again.`,
      );
    }
  }
}

function check({ frame, name, segments, frames }: Opened, segment: Segment): void {
  const { close, reference, count } = frame;
  const said = at(segment, count.element);
  const counted = count.of === 'segments' ? segments : frames;
  if (Number(said) !== counted) {
    throw new UnreadableFile(
      `${close} in segment ${segment.number} counts ${said || 'nothing'} and there are ${counted}: the file is not whole.`,
    );
  }
  const other = at(segment, reference.close);
  if (other.replace(/^0+/, '') !== name.replace(/^0+/, '')) {
    throw new UnreadableFile(
      `${close} in segment ${segment.number} ends ${other}, and ${name} had begun: the file is not whole.`,
    );
  }
}

function missing({ frame, name }: Opened, segment: Segment): UnreadableFile {
  return new UnreadableFile(
    `Segment ${segment.number} is ${segment.tag} and ${frame.open} ${name} has no ${frame.close}: the file is not whole.`,
  );
}

/** The first component of an element. */
export const at = ({ elements }: Segment, element: number): string => (elements[element]?.[0] ?? '').trim();
