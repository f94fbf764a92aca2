import { shortened, type BadRow, type ReaderResult, type Row } from '../row.ts';
import type { TextFile } from '../text-file.ts';
import { UnreadableFile } from '../unreadable-file.ts';
import { at, ediCounts, type EdiFrame } from './edi-counts.ts';
import { ediDate } from './edi-date.ts';
import { ediItem, SPLIT, type EdiItem, type EdiRules } from './edi-item.ts';
import { ediNumber } from './edi-quantity.ts';
import { cutSegments, type Segment } from './edi-segments.ts';
import { primed } from './pending-rows.ts';
import { x12Zone } from './edi-zone.ts';
import { x12Separators } from './x12-separators.ts';

const FRAMES: readonly EdiFrame[] = [
  {
    open: 'ISA',
    close: 'IEA',
    reference: { open: 13, close: 2 },
    count: { element: 1, of: 'frames' },
  },
  { open: 'GS', close: 'GE', reference: { open: 6, close: 2 }, count: { element: 1, of: 'frames' } },
  { open: 'ST', close: 'SE', reference: { open: 2, close: 2 }, count: { element: 1, of: 'segments' } },
];

const RULES: EdiRules = {
  // The vendor's own codes, then the buyer's, then a maker's and GTINs.
  ids: ['VN', 'SK', 'VP', 'VA', 'BP', 'IN', 'MG', 'MF', 'UP', 'EN', 'UK', 'UI'],
  // 33: available for sale, 17: on hand; others are ordered, on their way, damaged or sold.
  quantities: ['33', '17', SPLIT],
  // Effective date of change, creation, effective; others are of the future, or of what is no figure.
  dates: ['152', '097', '007'],
};

/** Parties that are a place: warehouse, ship from, reporting location, inventory site. */
const PLACES = new Set(['WH', 'SF', 'RL', 'IS']);

const IN_ITEMS = new Set(['QTY', 'N1', 'DTM', 'SDQ']);
const AFTER_ITEMS = new Set(['CTT', 'SE', 'GE', 'IEA']);

/** Inventory of X12, one row for each item and place. @throws UnreadableFile, also from its rows */
export async function readX12(file: TextFile): Promise<ReaderResult> {
  const separators = x12Separators(file.sample);
  const reader = x12Rows(separators.segment);
  const rows = await primed(read(cutSegments(file.text, separators), reader));
  return { envelope: { ...reader.envelope }, found: { place: 'segment' }, rows };
}

interface X12Rows {
  take(segment: Segment): (Row | BadRow)[];
  end(): void;
  envelope: Record<string, string>;
}

async function* read(segments: AsyncGenerator<Segment[]>, reader: X12Rows): AsyncGenerator<Row | BadRow> {
  for await (const block of segments) {
    for (const segment of block) yield* reader.take(segment);
  }
  reader.end();
}

function x12Rows(terminator: string): X12Rows {
  const counts = ediCounts(FRAMES);
  const envelope: Record<string, string> = {};
  let message: { location?: string; documentDate?: string } | undefined;
  let item: { line: number; texts: string[]; content: EdiItem } | undefined;
  let others: string | undefined;
  let any = false;

  return {
    envelope,
    take(segment) {
      counts.take(segment);
      const { tag } = segment;
      const ends = item !== undefined && (tag === 'LIN' || AFTER_ITEMS.has(tag));
      const rows = ends ? finish() : [];
      if (tag === 'ST') begin(segment);
      else if (tag === 'ISA' || tag === 'GS') note(segment);
      else if (tag === 'SE') message = undefined;
      else if (message && tag === 'LIN') beginItem(segment);
      else if (item) takeInItem(segment, item);
      else if (message) takeInHead(segment, message);
      return rows;
    },
    end() {
      counts.end();
      if (!any) throw new UnreadableFile(`The X12 file has no 846${others ? `, but ${others}` : ''}.`);
    },
  };

  function begin(segment: Segment): void {
    if (at(segment, 1) === '846') {
      message = {};
      any = true;
    } else {
      others ??= at(segment, 1);
    }
  }

  function note({ tag, elements }: Segment): void {
    for (const [index, [value = '']] of elements.entries()) {
      if (index > 0 && value.trim() !== '') {
        envelope[`${tag}${String(index).padStart(2, '0')}`] ??= value.trim();
      }
    }
  }

  function takeInHead(segment: Segment, head: NonNullable<typeof message>): void {
    switch (segment.tag) {
      case 'BIA': {
        note(segment);
        const date = ediDate(at(segment, 4), at(segment, 5));
        if (date === undefined) return;
        envelope.date ??= date;
        head.documentDate = date;
        return;
      }
      case 'DTM': {
        const date = dateOf(segment);
        if (date !== undefined) envelope[`DTM${at(segment, 1)}`] ??= date;
        return;
      }
      case 'N1':
        if (PLACES.has(at(segment, 1))) head.location ??= placeOf(segment);
        return;
      default:
    }
  }

  function beginItem(segment: Segment): void {
    item = { line: segment.number, texts: [segment.text], content: ediItem(RULES) };
    for (let index = 2; index + 1 < segment.elements.length; index += 2) {
      item.content.id(at(segment, index), at(segment, index + 1));
    }
  }

  function takeInItem(segment: Segment, { texts, content }: NonNullable<typeof item>): void {
    if (!IN_ITEMS.has(segment.tag)) return;
    texts.push(segment.text);
    switch (segment.tag) {
      case 'QTY':
        content.quantity(at(segment, 1), ediNumber(at(segment, 2), '.'), at(segment, 3));
        return;
      case 'N1':
        if (PLACES.has(at(segment, 1))) content.place(placeOf(segment));
        return;
      case 'SDQ':
        for (let index = 3; index + 1 < segment.elements.length; index += 2) {
          content.split(at(segment, index), ediNumber(at(segment, index + 1), '.'), at(segment, 1));
        }
        return;
      default: {
        const date = dateOf(segment);
        if (date !== undefined) content.date(at(segment, 1), date);
      }
    }
  }

  function finish(): (Row | BadRow)[] {
    if (!item) return [];
    const { line, texts, content } = item;
    item = undefined;
    const text = shortened(texts.map((one) => `${one}${terminator}`).join(''));
    const values = content.values(message ?? {});
    if ('fault' in values) return [{ line, fault: values.fault, text }];
    return values.map((value) => ({ line, cells: undefined, value, isEdi: true, text }));
  }
}

/** Date and time, or both in one with the code of their format; as it stands where it is no date. */
function dateOf(segment: Segment): string | undefined {
  const [date, time, both] = [at(segment, 2), at(segment, 3), at(segment, 6)];
  const zone = { code: at(segment, 4), zones: x12Zone };
  if (date !== '') return ediDate(date, time, zone) ?? `${date} ${time}`.trim();
  if (both !== '') return ediDate(both.slice(0, 8), both.slice(8), zone) ?? both;
  return undefined;
}

/** The code of a party, or its name. */
const placeOf = (segment: Segment): string => at(segment, 4) || at(segment, 2);
