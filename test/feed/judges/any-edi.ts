import fc from 'fast-check';

export interface WrittenItem {
  ids: Record<string, string>;
  quantities: Record<string, string>;
  dates: Record<string, string>;
  location?: string;
}

export interface Written {
  text: string;
  items: WrittenItem[];
}

const unique = (from: readonly string[], least: number) =>
  fc.uniqueArray(fc.constantFrom(...from), { minLength: least, maxLength: from.length });

const day = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2039-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().replaceAll(/\D/g, ''));

/** Items whose texts are of such letters. */
function itemsOf(
  letters: readonly string[],
  of: { ids: readonly string[]; quantities: readonly string[]; dates: readonly string[] },
) {
  const text = fc
    .string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 14 })
    .map((word) => `${word.trim()}7`);
  const mapOf = (names: readonly string[], least: number, value: fc.Arbitrary<string>) =>
    unique(names, least).chain((keys) =>
      fc
        .array(value, { minLength: keys.length, maxLength: keys.length })
        .map((values) => Object.fromEntries(keys.map((key, at) => [key, values[at] ?? '']))),
    );
  const item = fc.record(
    {
      ids: mapOf(of.ids, 1, text),
      quantities: mapOf(of.quantities, 1, fc.integer({ min: -99, max: 99_999 }).map(String)),
      dates: mapOf(
        of.dates,
        0,
        fc.tuple(day, fc.constantFrom(8, 12, 14)).map(([whole, to]) => whole.slice(0, to)),
      ),
      location: text,
    },
    { requiredKeys: ['ids', 'quantities', 'dates'] },
  );
  return fc.array(item, { minLength: 1, maxLength: 12 });
}

const LETTERS = 'ABCXYZ0189 .-/(),'.split('');

/** An 846 with separators of its own, as its ISA says. */
export const anyX12: fc.Arbitrary<Written> = fc
  .record({
    element: fc.constantFrom('*', '|', '^'),
    component: fc.constantFrom('>', ':', '\\'),
    segment: fc.constantFrom('~', '!', '~\n', '~\r\n'),
    items: itemsOf([...LETTERS, "'", '+', '?', '&'], {
      ids: ['VN', 'SK', 'UP', 'EN'],
      quantities: ['33', '17', '20'],
      dates: ['152', '097', '036'],
    }),
  })
  .map(({ element, component, segment, items }) => {
    const join = (...elements: string[]): string => elements.join(element);
    const body = [
      join('ST', '846', '0001'),
      join('BIA', '00', 'SI', 'F1', '20261120'),
      ...items.flatMap(({ ids, quantities, dates, location }, no) => [
        join('LIN', String(no + 1), ...Object.entries(ids).flat()),
        ...Object.entries(dates).map(([of, date]) =>
          date.length === 8 ? join('DTM', of, date) : join('DTM', of, date.slice(0, 8), date.slice(8)),
        ),
        ...(location === undefined ? [] : [join('N1', 'WH', '', '92', location)]),
        ...Object.entries(quantities).map(([of, quantity]) => join('QTY', of, quantity, 'EA')),
      ]),
      join('CTT', String(items.length)),
    ];
    const pad = (text: string, length: number): string => text.padEnd(length, ' ');
    const isa = join(
      ...['ISA', '00', pad('', 10), '00', pad('', 10), 'ZZ', pad('ACME', 15), 'ZZ', pad('SHOP', 15)],
      ...['261120', '1000', 'U', '00401', '000000007', '0', 'P', component],
    );
    const segments = [
      isa,
      join('GS', 'IB', 'ACME', 'SHOP', '20261120', '1000', '7', 'X', '004010'),
      ...body,
      join('SE', String(body.length + 1), '0001'),
      join('GE', '1', '7'),
      join('IEA', '1', '000000007'),
    ];
    return { text: segments.map((one) => one + segment).join(''), items };
  });

/** An INVRPT with the usual separators or with its own, which its texts hold too. */
export const anyEdifact: fc.Arbitrary<Written> = fc
  .record({
    signs: fc.constantFrom([':', '+', '?', "'"], [':', '+', '!', '~'], ['>', '*', '\\', '|']),
    isSaid: fc.boolean(),
    lineBreak: fc.constantFrom('', '\n', '\r\n'),
    items: itemsOf([...LETTERS, "'", '+', '?', ':', '*', '~'], {
      ids: ['SA', 'IN', 'EN', 'MF'],
      quantities: ['145', '17', '21'],
      dates: ['179', '361', '44'],
    }),
  })
  .map(({ signs, isSaid, lineBreak, items }) => {
    const usual = signs[2] === '?';
    const [component = '', element = '', release = '', end = ''] = signs;
    const said = new Set<string>(signs);
    const free = (text: string): string =>
      text
        .split('')
        .map((sign) => (said.has(sign) ? `${release}${sign}` : sign))
        .join('');
    const composite = (...parts: string[]): string => parts.map(free).join(component);
    const join = (...elements: string[]): string => elements.join(element);
    const FORMATS: Record<number, string> = { 8: '102', 12: '203', 14: '204' };
    const body = [
      join('UNH', '1', composite('INVRPT', 'D', '96A', 'UN')),
      join('BGM', '35', '1', '9'),
      join('DTM', composite('137', '202611201000', '203')),
      ...items.flatMap(({ ids, quantities, dates, location }, no) => {
        const [first, ...more] = Object.entries(ids);
        return [
          join('LIN', String(no + 1), '', composite(first?.[1] ?? '', first?.[0] ?? '')),
          ...more.map(([of, id]) => join('PIA', '1', composite(id, of))),
          ...Object.entries(dates).map(([of, date]) =>
            join('DTM', composite(of, date, FORMATS[date.length] ?? '')),
          ),
          ...(location === undefined ? [] : [join('LOC', '18', composite(location, '', '92'))]),
          ...Object.entries(quantities).map(([of, quantity]) => join('QTY', composite(of, quantity, 'PCE'))),
        ];
      }),
    ];
    const una = isSaid || !usual ? `UNA${component}${element}.${release} ${end}` : '';
    const segments = [
      join(
        'UNB',
        composite('UNOC', '3'),
        composite('ACME', '14'),
        composite('SHOP', '14'),
        composite('261120', '1000'),
        '42',
      ),
      ...body,
      join('UNT', String(body.length + 1), '1'),
      join('UNZ', '1', '42'),
    ];
    return { text: una + segments.map((one) => one + end + lineBreak).join(''), items };
  });
