import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SupplierEventContent } from '../../../src/intake/supplier-event-schema.ts';
import { checkDefinition, faultInWords } from '../../../src/feed/definition/read-definition.ts';
import { compileMapping } from '../../../src/feed/mapping/compile-mapping.ts';
import { foldName } from '../../../src/feed/mapping/fold-name.ts';
import { guessFeed } from '../../../src/feed/mapping/guess.ts';
import { mapRow } from '../../../src/feed/mapping/map-row.ts';
import { ofCells } from './rows.ts';
import { canBeWritten, event, numberStyle, timeStyle, type Event } from './styles.ts';

const context = { receivedAt: 0n, envelope: {} };

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
