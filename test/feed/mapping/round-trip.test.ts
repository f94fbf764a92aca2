import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import type { SupplierEventContent } from '../../../src/intake/supplier-event-schema.ts';
import { checkDefinition, faultInWords } from '../../../src/feed/definition/read-definition.ts';
import { compileMapping } from '../../../src/feed/mapping/compile-mapping.ts';
import { foldName } from '../../../src/feed/mapping/fold-name.ts';
import { guessFeed } from '../../../src/feed/mapping/guess.ts';
import { mapRow } from '../../../src/feed/mapping/map-row.ts';
import { ofCells } from './rows.ts';

const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'];
const context = { receivedAt: 0n, envelope: {} };

interface Event {
  sku: string;
  quantity: number;
  /** Seconds since 1970. */
  at: number;
  location: string;
}

const event = fc.record({
  sku: fc.stringMatching(/^[A-ZÄÖÜ0-9][A-ZÄÖÜ0-9 .,;"'/-]{0,10}[A-Z0-9]$/),
  quantity: fc.oneof(
    fc.integer({ min: -50, max: 2000 }),
    fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }),
  ),
  at: fc.integer({ min: 1_000_000_000, max: 4_000_000_000 }),
  location: fc.constantFrom('', 'west', 'Lager 2'),
});

interface TimeStyle {
  settings: { format?: string | string[]; zone?: string };
  write: (at: number) => string;
}

const local = (format: string, zone: string): TimeStyle => ({
  settings: { format, zone },
  write: (at) => DateTime.fromSeconds(at, { zone }).toFormat(format),
});

const zone = fc.constantFrom(...ZONES);

const timeStyle: fc.Arbitrary<TimeStyle> = fc.oneof(
  fc.constant({ settings: {}, write: (at: number) => new Date(at * 1000).toISOString() }),
  fc.constant({ settings: { format: 'epoch' }, write: String }),
  fc.constant({ settings: { format: 'epochMillis' }, write: (at: number) => `${at}000` }),
  zone.map((name) => ({ ...local('yyyy-MM-dd HH:mm:ss', name), settings: { zone: name } })),
  zone.map((name) => ({ ...local('yyyy-MM-dd HH:mm:ssZZ', name), settings: {} })),
  fc
    .tuple(
      fc.constantFrom(
        'dd.MM.yyyy HH:mm:ss',
        'd.M.yyyy H:mm:ss',
        'MM/dd/yyyy hh:mm:ss a',
        'dd/MM/yyyy HH:mm:ss',
        'yyyyMMddHHmmss',
        'd MMM yyyy HH:mm:ss',
      ),
      zone,
    )
    .map(([format, name]) => local(format, name)),
);

interface NumberStyle {
  settings: { decimal?: string; thousands?: string };
  write: (quantity: number) => string;
}

const grouped =
  (sign: string, decimals: string): NumberStyle['write'] =>
  (quantity) =>
    quantity.toLocaleString('en-US').replaceAll(',', sign) + decimals;

const numberStyle = fc.constantFrom<NumberStyle>(
  { settings: {}, write: String },
  { settings: {}, write: (quantity) => `${quantity}.0` },
  { settings: { decimal: ',' }, write: (quantity) => `${quantity},00` },
  { settings: { decimal: ',', thousands: '.' }, write: grouped('.', ',0') },
  { settings: { thousands: '.' }, write: grouped('.', '') },
  { settings: { decimal: '.', thousands: ',' }, write: grouped(',', '.00') },
  { settings: { thousands: ' ' }, write: grouped('\u00a0', '') },
  { settings: { thousands: "'" }, write: grouped('’', '.0') },
);

/** Of an hour that a clock shows twice, only the earlier one can be written. */
function canBeWritten(at: number, name: string | undefined): boolean {
  const offsets = DateTime.fromSeconds(at, { zone: name ?? 'UTC' }).getPossibleOffsets();
  return Math.min(...offsets.map((one) => one.toSeconds())) === at;
}

function contentOf({ sku, quantity, at, location }: Event) {
  return { sku, quantity: quantity === 0 ? 0 : quantity, updatedAt: BigInt(at) * 1_000_000n, location };
}

function mapped(document: unknown, header: readonly string[], rows: readonly string[][]) {
  const read = checkDefinition(document);
  if (!read.ok) throw new Error(read.faults.map(faultInWords).join('\n'));
  const mapping = compileMapping(read.definition, header);
  expect(mapping.faults).toEqual([]);
  const results = rows.map((cells) => mapRow(ofCells(cells), mapping, context));
  expect(results.flatMap(({ refusals }) => refusals)).toEqual([]);
  return results
    .flatMap(({ events }): SupplierEventContent[] => events)
    .map(({ sku, quantity, updatedAt, location }) => ({ sku, quantity, updatedAt, location }));
}

describe('a table in a supplier’s own manner', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[A-Za-zÄ-ü][A-Za-z0-9Ä-ü _.#/-]{0,12}$/), {
    minLength: 5,
    maxLength: 5,
    selector: foldName,
  });
  const spelling = fc.constantFrom(
    (name: string) => name,
    (name: string) => name.toLowerCase(),
    (name: string) => ` ${name.replaceAll(' ', '_')}`,
  );

  it('gives the events that were written', () => {
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 1, maxLength: 20 }),
        names,
        spelling,
        timeStyle,
        numberStyle,
        fc.option(fc.constantFrom('auf Lager', '10+', 'Viele')),
        (
          events,
          [sku = '', quantity = '', updatedAt = '', location = '', other = ''],
          spell,
          time,
          number,
          word,
        ) => {
          fc.pre(events.every(({ at }) => canBeWritten(at, time.settings.zone)));
          fc.pre([sku, quantity, updatedAt, location, other].every((name) => foldName(name) !== ''));
          const meant = word === null ? undefined : events[0]?.quantity;
          const write = (figure: number): string =>
            figure === meant && word !== null ? word : number.write(figure);
          const header = [location, other, updatedAt, sku, quantity];
          const rows = events.map((one) => [
            one.location,
            'x',
            time.write(one.at),
            ` ${one.sku}`,
            write(one.quantity),
          ]);
          const document = {
            feed: 'f',
            supplier: 's',
            source: { upload: {} },
            columns: {
              sku: spell(sku),
              quantity: spell(quantity),
              updatedAt: spell(updatedAt),
              location: spell(location),
            },
            times: time.settings,
            quantities: { ...number.settings, words: word === null ? {} : { [word.toUpperCase()]: meant } },
          };
          expect(mapped(document, header, rows)).toEqual(events.map(contentOf));
        },
      ),
    );
  });

  it('gives the same events by a guess that leaves nothing open, or its zone alone', () => {
    const NAMES = [
      ['sku', 'quantity', 'updatedAt', 'location'],
      ['Artikelnr', 'Bestand', 'Stand', 'Lager'],
      ['Seller SKU', 'available', 'last_updated', 'warehouse'],
      ['Référence', 'Quantité', 'Date MAJ', 'Entrepôt'],
    ] as const;
    let settled = 0;
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 1, maxLength: 40 }),
        fc.constantFrom(...NAMES),
        timeStyle,
        numberStyle,
        (events, header, time, number) => {
          fc.pre(events.every(({ at }) => canBeWritten(at, time.settings.zone)));
          const rows = events.map((one) => [
            one.sku,
            number.write(one.quantity),
            time.write(one.at),
            one.location,
          ]);
          const sample = {
            format: 'csv',
            columns: header,
            envelope: {},
            rows: rows.map((cells) => ofCells(cells)),
          } as const;
          const { document, open } = guessFeed(sample, { feed: 'f', supplier: 's' });
          if (open.some((path) => path !== 'times.zone')) return;
          settled += 1;
          const answered = open.length === 0 ? {} : { zone: time.settings.zone };
          expect(mapped({ ...document, times: { ...document.times, ...answered } }, header, rows)).toEqual(
            events.map(contentOf),
          );
        },
      ),
      { numRuns: 200 },
    );
    expect(settled).toBeGreaterThan(40);
  });
});
