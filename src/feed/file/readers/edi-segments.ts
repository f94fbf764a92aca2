import { RECORD_CHARS } from '../row.ts';
import { UnreadableFile } from '../unreadable-file.ts';

export interface Separators {
  segment: string;
  element: string;
  component: string;
  /** Takes its meaning from the character behind it (EDIFACT). */
  release?: string;
}

export interface Segment {
  /** From 1. */
  number: number;
  tag: string;
  /** By element and component, the tag first: `elements[2][0]`. */
  elements: readonly (readonly string[])[];
  text: string;
}

/**
 * Cuts X12 and EDIFACT into segments. Line breaks mean nothing in either, but where one ends the segments.
 *
 * @throws UnreadableFile for a segment without end, at the end of a file that was cut
 */
export async function* cutSegments(
  text: AsyncIterable<string>,
  separators: Separators,
): AsyncGenerator<Segment[]> {
  let rest = '';
  let number = 0;
  for await (const chunk of text) {
    rest += chunk;
    const segments: Segment[] = [];
    let start = 0;
    for (let end = endOf(rest, start, separators); end !== -1; end = endOf(rest, start, separators)) {
      const one = withoutBreaks(rest.slice(start, end));
      start = end + 1;
      if (one === '') continue;
      number += 1;
      segments.push(toSegment(number, one, separators));
    }
    rest = rest.slice(start);
    yield segments;
    if (rest.length > RECORD_CHARS) {
      throw new UnreadableFile(
        `Segment ${number + 1} has no end (${JSON.stringify(separators.segment)}) within ${RECORD_CHARS / 1024} Ki characters.`,
      );
    }
  }
  if (rest.replaceAll('\u001a', '').trim() !== '') {
    throw new UnreadableFile(
      `The file ends in the middle of segment ${number + 1}: it was cut. Send it again.`,
    );
  }
}

function endOf(text: string, from: number, { segment, release }: Separators): number {
  let end = text.indexOf(segment, from);
  while (end !== -1 && isReleased(text, end, from, release)) end = text.indexOf(segment, end + 1);
  return end;
}

/** A release character may itself be released: an even number of them releases nothing. */
function isReleased(text: string, at: number, from: number, release: string | undefined): boolean {
  if (release === undefined) return false;
  let before = at;
  while (before > from && text[before - 1] === release) before -= 1;
  return (at - before) % 2 === 1;
}

const withoutBreaks = (text: string): string => text.replaceAll(/[\r\n]+/g, '').trimStart();

function toSegment(number: number, text: string, separators: Separators): Segment {
  const { element, component, release } = separators;
  const elements = split(text, element, release).map((one) =>
    split(one, component, release).map((part) => unreleased(part, release)),
  );
  return { number, tag: elements[0]?.[0] ?? '', elements, text };
}

function split(text: string, separator: string, release: string | undefined): string[] {
  if (release === undefined || !text.includes(release)) return text.split(separator);
  const parts: string[] = [];
  let start = 0;
  for (let at = text.indexOf(separator); at !== -1; at = text.indexOf(separator, at + 1)) {
    if (isReleased(text, at, start, release)) continue;
    parts.push(text.slice(start, at));
    start = at + separator.length;
  }
  return [...parts, text.slice(start)];
}

function unreleased(text: string, release: string | undefined): string {
  if (release === undefined || !text.includes(release)) return text;
  let plain = '';
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === release) at += 1;
    plain += text[at] ?? '';
  }
  return plain;
}
