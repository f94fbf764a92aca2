import { shortened, type BadRow, type ReaderResult, type Row } from '../row.ts';
import type { TextFile } from '../text-file.ts';
import { UnreadableFile } from '../unreadable-file.ts';
import { at, ediCounts, type EdiFrame } from './edi-counts.ts';
import { ediDate } from './edi-date.ts';
import { ediItem, type EdiItem, type EdiRules } from './edi-item.ts';
import { ediNumber } from './edi-quantity.ts';
import { cutSegments, type Segment, type Separators } from './edi-segments.ts';
import { edifactZone } from './edi-zone.ts';
import { primed } from './pending-rows.ts';

const FRAMES: readonly EdiFrame[] = [
  {
    open: 'UNB',
    close: 'UNZ',
    reference: { open: 5, close: 2 },
    count: { element: 1, of: 'frames' },
  },
  { open: 'UNG', close: 'UNE', reference: { open: 5, close: 2 }, count: { element: 1, of: 'frames' } },
  { open: 'UNH', close: 'UNT', reference: { open: 1, close: 2 }, count: { element: 1, of: 'segments' } },
];

const RULES: EdiRules = {
  // The supplier's article number, then the buyer's, then a maker's and GTINs.
  ids: ['SA', 'VN', 'VP', 'SK', 'IN', 'BP', 'MF', 'EN', 'SRV', 'UP'],
  // 145: actual stock, 17: on hand; others are ordered, on their way, moved or sold.
  quantities: ['145', '17'],
  // Booking date, date of the inventory report, date of the document.
  dates: ['179', '366', '137'],
};

/** Locations that are a place of goods: location of goods, warehouse, and the one that EANCOM names for stock. */
const PLACES = new Set(['14', '18', '19', '60']);

/** The inventory (7491 of INV) of goods that can be sold: 2 is damaged, 3 bonded, 4 reserved, 5 to be inspected. */
const ACCEPTED = '1';

const IN_ITEMS = new Set(['PIA', 'INV', 'QTY', 'LOC', 'DTM']);

/** Inventory of EDIFACT, one row for each item and place. @throws UnreadableFile, also from its rows */
export async function readEdifact(file: TextFile): Promise<ReaderResult> {
  const { separators, decimal } = serviceString(file.sample);
  const reader = edifactRows(separators.segment, decimal);
  const rows = await primed(read(cutSegments(withoutUna(file.text), separators), reader));
  return { envelope: { ...reader.envelope }, found: { place: 'segment' }, rows };
}

/** UNA says the separators, where it stands; its fifth place has none of them. */
function serviceString(sample: string): { separators: Separators; decimal: string } {
  const text = sample.trimStart();
  if (!text.startsWith('UNA')) {
    return { separators: { component: ':', element: '+', release: '?', segment: "'" }, decimal: '.' };
  }
  const [component = '', element = '', decimal = '', release = '', , segment = ''] = text.slice(3, 9);
  if (segment === '') throw new UnreadableFile('The file ends within UNA: it was cut. Send it again.');
  return { separators: { component, element, segment, ...(release !== ' ' && { release }) }, decimal };
}

/** Its characters are separators, and would be read as such. */
async function* withoutUna(text: AsyncIterable<string>): AsyncGenerator<string> {
  let begin: string | undefined = '';
  for await (const chunk of text) {
    if (begin === undefined) {
      yield chunk;
      continue;
    }
    begin = (begin + chunk).trimStart();
    if (begin.length < 9) continue;
    yield begin.startsWith('UNA') ? begin.slice(9) : begin;
    begin = undefined;
  }
  if (begin) yield begin;
}

interface EdifactRows {
  take(segment: Segment): (Row | BadRow)[];
  end(): void;
  envelope: Record<string, string>;
}

async function* read(segments: AsyncGenerator<Segment[]>, reader: EdifactRows): AsyncGenerator<Row | BadRow> {
  for await (const block of segments) {
    for (const segment of block) yield* reader.take(segment);
  }
  reader.end();
}

function edifactRows(terminator: string, decimal: string): EdifactRows {
  const counts = ediCounts(FRAMES);
  const envelope: Record<string, string> = {};
  let message: { location?: string; documentDate?: string } | undefined;
  let item: { line: number; texts: string[]; content: EdiItem; inventory: string } | undefined;
  let others: string | undefined;
  let any = false;

  return {
    envelope,
    take(segment) {
      counts.take(segment);
      const { tag } = segment;
      const ends = item !== undefined && (tag === 'LIN' || tag === 'CNT' || tag === 'UNT' || tag === 'UNS');
      const rows = ends ? finish() : [];
      if (tag === 'UNH') begin(segment);
      else if (tag === 'UNT') message = undefined;
      else if (tag === 'UNB') noteInterchange(segment);
      else if (message && tag === 'LIN') beginItem(segment);
      else if (item) takeInItem(segment, item);
      else if (message) takeInHead(segment, message);
      return rows;
    },
    end() {
      counts.end();
      if (!any) throw new UnreadableFile(`The EDIFACT file has no INVRPT${others ? `, but ${others}` : ''}.`);
    },
  };

  function begin(segment: Segment): void {
    if (at(segment, 2) === 'INVRPT') {
      message = {};
      any = true;
    } else {
      others ??= at(segment, 2);
    }
  }

  function noteInterchange({ elements }: Segment): void {
    const [sender, receiver, day, time] = [elements[2]?.[0], elements[3]?.[0], ...(elements[4] ?? [])];
    const date = ediDate(day ?? '', time);
    for (const [name, value] of Object.entries({ sender, receiver, UNB04: date })) {
      if (value) envelope[name] ??= value;
    }
  }

  function takeInHead(segment: Segment, head: NonNullable<typeof message>): void {
    const { tag, elements } = segment;
    if (tag === 'BGM' && at(segment, 2) !== '') envelope.BGM02 ??= at(segment, 2);
    if (tag === 'LOC' && PLACES.has(at(segment, 1))) head.location ??= at(segment, 2);
    // GY and WH: who reports, and who keeps, the stock.
    if (tag === 'NAD' && at(segment, 1) === 'WH') head.location ??= at(segment, 2);
    const date = tag === 'DTM' ? dateOf(elements[1]) : undefined;
    if (date === undefined) return;
    const qualifier = at(segment, 1);
    envelope[`DTM${qualifier}`] ??= date;
    if (qualifier !== '366' && qualifier !== '137') return;
    // The date of the stock says more than the one of the message.
    if (head.documentDate === undefined || qualifier === '366') head.documentDate = date;
    if (envelope.date === undefined || qualifier === '366') envelope.date = date;
  }

  function beginItem(segment: Segment): void {
    item = { line: segment.number, texts: [segment.text], content: ediItem(RULES), inventory: ACCEPTED };
    const [id = '', qualifier = ''] = segment.elements[3] ?? [];
    item.content.id(qualifier, id.trim());
  }

  function takeInItem(segment: Segment, own: NonNullable<typeof item>): void {
    const { tag, elements } = segment;
    const { texts, content } = own;
    if (!IN_ITEMS.has(tag)) return;
    texts.push(segment.text);
    switch (tag) {
      case 'PIA':
        for (const [id = '', qualifier = ''] of elements.slice(2)) content.id(qualifier, id.trim());
        return;
      case 'INV':
        own.inventory = at(segment, 2) || ACCEPTED;
        content.part();
        return;
      case 'QTY': {
        const [qualifier = '', quantity = '', unit] = elements[1] ?? [];
        const kind = own.inventory === ACCEPTED ? qualifier : `${qualifier}-${own.inventory}`;
        content.quantity(kind, ediNumber(quantity.trim(), decimal), unit?.trim());
        return;
      }
      case 'LOC':
        if (PLACES.has(at(segment, 1))) content.place(at(segment, 2));
        return;
      default: {
        const date = dateOf(elements[1]);
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

/** How many digits of day and time a format (2379) has; behind them stands a zone, where the second is given. */
const FORMATS: Readonly<Record<string, [day: number, time?: number]>> = {
  '101': [6],
  '102': [8],
  '201': [6],
  '202': [6],
  '203': [8],
  '204': [8],
  '205': [8, 4],
  '301': [6, 4],
  '302': [6, 6],
  '303': [8, 4],
  '304': [8, 6],
};

/** As it stands, with the code of its format, where it is no date. */
function dateOf(composite: readonly string[] | undefined): string | undefined {
  const [, text = '', format = ''] = composite ?? [];
  const value = text.trim();
  if (value === '') return undefined;
  const digits = FORMATS[format.trim()];
  const raw = format === '' ? value : `${value} (${format})`;
  if (!digits) return raw;
  const [day, time] = digits;
  if (time === undefined) return ediDate(value.slice(0, day), value.slice(day)) ?? raw;
  const zone = { code: value.slice(day + time).trim(), zones: edifactZone };
  return ediDate(value.slice(0, day), value.slice(day, day + time), zone) ?? raw;
}
