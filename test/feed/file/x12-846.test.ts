import { describe, expect, it } from 'vitest';
import { UnreadableFile } from '../../../src/feed/file/unreadable-file.ts';
import { Fault } from '../../../src/feed/mapping/refusal.ts';
import { PIECE_SIZES, readAll } from './read-all.ts';
import { ISA, x12, values, mapped, BERLIN, FILE_TIME, AT_0 } from './edi-files.ts';

describe('an X12 846', () => {
  const bare = 'ST*846*0001~BIA*00*SI*F1*20261120~LIN*1*VN*EDI-01~QTY*33*5*EA~SE*5*0001~\n';
  const row = {
    sku: 'EDI-01',
    quantity: 5,
    unit: 'EA',
    ids: { VN: 'EDI-01' },
    quantities: { '33': 5 },
    dates: {},
    documentDate: '2026-11-20',
  };

  it.each(PIECE_SIZES)('is read where it begins at ST, in pieces of %s bytes', async (size) => {
    const file = await readAll(bare, {}, size);
    expect(file.found).toEqual({ format: 'x12-846', encoding: 'utf-8', place: 'segment' });
    expect(file.columns).toBeUndefined();
    expect(file.envelope).toMatchObject({ BIA04: '20261120', date: '2026-11-20' });
    expect(file.rows).toEqual([
      { line: 3, cells: undefined, value: row, isEdi: true, text: 'LIN*1*VN*EDI-01~QTY*33*5*EA~' },
    ]);
  });

  it.each([
    ['~ and a line break', bare.replaceAll('~', '~\n')],
    ['CRLF alone', bare.replaceAll('~\n', '\r\n').replaceAll('~', '\r\n')],
    ['another element separator', bare.replaceAll('*', '|')],
    ['lines of eighty', bare.replace('EDI-01', 'EDI-\r\n01')],
  ])('is read with segments that end with %s', async (_, content) => {
    const [first] = await values(content);
    expect(first).toEqual([3, row]);
  });

  it('is read within its envelopes, with codes, dates and several quantities by qualifier', async () => {
    const content = x12(
      [
        'BIA*00*SI*F1*20261120*1015',
        'N1*WH*Depot West*92*WEST',
        'LIN*1*UP*012345678905*SK*S-1',
        'DTM*036*20270101',
        'DTM*152*20261120*0959*UT',
        'REF*ZZ*x',
        'QTY*17*7*EA',
        'QTY*33*5*EA',
        'LIN*2*VP*S-2',
        'QTY*17*9',
        'LIN*3*VP*S-3',
        'QTY*20*1',
        'QTY*21*2',
        'CTT*3',
      ],
      '~\n',
    );
    expect(await values(content)).toEqual([
      [
        6,
        expect.objectContaining({
          sku: 'S-1',
          quantity: 5,
          location: 'WEST',
          updatedAt: '2026-11-20T09:59:00Z',
          ids: { UP: '012345678905', SK: 'S-1' },
          quantities: { '17': 7, '33': 5 },
          dates: { '036': '2027-01-01', '152': '2026-11-20T09:59:00Z' },
          documentDate: '2026-11-20T10:15:00',
        }),
      ],
      [12, expect.objectContaining({ sku: 'S-2', quantity: 9 })],
      [14, expect.objectContaining({ sku: 'S-3', quantity: expect.any(Fault) as unknown })],
    ]);
    const { envelope } = await readAll(content);
    expect(envelope).toMatchObject({
      ISA06: 'ACME',
      ISA09: '261120',
      GS04: '20261120',
      date: '2026-11-20T10:15:00',
    });
  });

  it.each([
    ['places before their quantities', ['N1*WH**92*W', 'QTY*33*5', 'N1*WH**92*E', 'QTY*33*6']],
    ['quantities before their places', ['QTY*33*5', 'N1*WH**92*W', 'QTY*33*6', 'N1*WH**92*E']],
    ['pairs of places and quantities', ['QTY*33*11', 'SDQ*EA*92*W*5*E*6']],
  ])('gives a row a place, with %s', async (_, segments) => {
    const rows = (await readAll(x12(['BIA*00*SI*F1*20261120', 'LIN**VN*A', ...segments]))).rows;
    expect(rows.map(({ value }) => value)).toEqual([
      expect.objectContaining({ sku: 'A', location: 'W', quantity: 5 }),
      expect.objectContaining({ sku: 'A', location: 'E', quantity: 6 }),
    ]);
  });

  it('refuses an item whose places and quantities are no pairs, and reads the next', async () => {
    const file = await readAll(
      x12([
        'BIA*00*SI*F1*20261120',
        'LIN**VN*A',
        'QTY*33*11',
        'N1*WH**92*W',
        'QTY*33*5',
        'LIN**VN*B',
        'QTY*33*1',
      ]),
    );
    expect(file.bad).toEqual([
      { line: 5, fault: expect.stringContaining('no pairs') as string, text: expect.any(String) as string },
    ]);
    expect(file.rows).toHaveLength(1);
  });

  it.each([
    ['UT', '2026-07-20T10:00:00Z'],
    ['GM', '2026-07-20T10:00:00Z'],
    ['ES', '2026-07-20T15:00:00Z'],
    ['ED', '2026-07-20T14:00:00Z'],
    ['PS', '2026-07-20T18:00:00Z'],
    ['NS', '2026-07-20T13:30:00Z'],
    ['01', '2026-07-20T09:00:00Z'],
    ['12', '2026-07-19T22:00:00Z'],
    ['13', '2026-07-20T22:00:00Z'],
    ['20', '2026-07-20T15:00:00Z'],
    ['24', '2026-07-20T11:00:00Z'],
    ['27', '2026-07-20T04:30:00Z'],
    // What the clocks of a place show, in summer as in winter.
    ['ET', '2026-07-20T14:00:00Z'],
    ['CT', '2026-07-20T15:00:00Z'],
    ['HT', '2026-07-20T20:00:00Z'],
    // The definition's own zone is for what names none.
    ['LT', '2026-07-20T08:00:00Z'],
    ['', '2026-07-20T08:00:00Z'],
  ])('is of the zone that %s names, whatever the definition says', async (code, at) => {
    const segments = ['BIA*00*SI*F1*20260720', 'LIN**VN*A', `DTM*152*20260720*1000*${code}`, 'QTY*33*5'];
    expect(await mapped(x12(segments), BERLIN)).toEqual([`A 5 ${at}`]);
  });

  it('is read as its standard has it, whatever format is set for texts', async () => {
    const set = { times: { format: ['dd.MM.yyyy HH:mm'], zone: 'Europe/Berlin' } };
    for (const [time, at] of [
      ['20260720*1000*ES', '2026-07-20T15:00:00Z'],
      ['20260720*1000', '2026-07-20T08:00:00Z'],
    ]) {
      const segments = ['BIA*00*SI*F1*20260720', 'LIN**VN*A', `DTM*152*${time}`, 'QTY*33*5'];
      expect(await mapped(x12(segments), set)).toEqual([`A 5 ${at}`]);
    }
  });

  it('is of the zone that stands beside a time in one element', async () => {
    const segments = ['BIA*00*SI*F1*20260720', 'LIN**VN*A', 'DTM*152***ES*DT*202607201000', 'QTY*33*5'];
    expect(await mapped(x12(segments), BERLIN)).toEqual(['A 5 2026-07-20T15:00:00Z']);
  });

  it.each([
    ['of a zone that nobody knows', '20260720*1000*QQ', '2026-07-20T10:00:00 QQ'],
    ['at an hour that its zone skips', '20260308*0230*ET', '2026-03-08T02:30:00 ET'],
  ])('refuses a time %s, and never takes the definition’s zone for it', async (_, time, quoted) => {
    const content = x12(['BIA*00*SI*F1*20260720', 'LIN**VN*A', `DTM*152*${time}`, 'QTY*33*5']);
    expect(await mapped(content, BERLIN)).toEqual([
      `bad_time: updatedAt "${quoted}" names a zone that is not known, or an hour that is not there in it: times.format with its letters in quotes, and times.zone, would read it`,
    ]);
    const said = { times: { format: ["yyyy-MM-dd'T'HH:mm:ss 'QQ'", 'iso'], zone: 'UTC' } };
    if (quoted.endsWith('QQ')) expect(await mapped(content, said)).toEqual(['A 5 2026-07-20T10:00:00Z']);
  });

  it('takes for stock what says that it is, and the rest where the definition names it', async () => {
    const content = x12([
      'BIA*00*SI*F1*20260720',
      'LIN**VN*A',
      'QTY*63*9*EA',
      'LIN**VN*B',
      'QTY*02*8',
      'QTY*20*1',
      'LIN**VN*C',
      'QTY*63*9',
      'QTY*17*4',
    ]);
    expect(await mapped(content, FILE_TIME)).toEqual([
      'missing_value: quantity is none that says that it is stock, but 63 (9): columns.quantity: quantities/63 would take it',
      'missing_value: quantity is none that says that it is stock, but 20 (1) and 02 (8): columns.quantity: quantities/20 would take the first',
      `C 4 ${AT_0}`,
    ]);
    const named = { ...FILE_TIME, columns: { sku: 'sku', quantity: ['quantities/63', 'quantities/02'] } };
    expect(await mapped(content, named)).toEqual([`A 9 ${AT_0}`, `B 8 ${AT_0}`, `C 9 ${AT_0}`]);
  });

  it('takes the split of a quantity for what that quantity is', async () => {
    const segments = ['LIN**VN*A', 'QTY*17*5', 'SDQ*EA*92*W*5', 'QTY*63*9', 'SDQ*EA*92*W*8*E*1'];
    const columns = { sku: 'sku', quantity: 'quantity', location: 'location' };
    expect(await mapped(x12(['BIA*00*SI*F1*20260720', ...segments]), { ...FILE_TIME, columns })).toEqual([
      `A 5 W ${AT_0}`,
      expect.stringContaining('but 63 (1)'),
    ]);
  });

  it('refuses what is not counted in pieces, unless the definition names it', async () => {
    const content = x12([
      'BIA*00*SI*F1*20260720',
      'LIN**VN*A',
      'QTY*33*5*CA',
      'LIN**VN*B',
      'QTY*33*5*EA',
      'LIN**VN*C',
      'QTY*33*5',
    ]);
    expect(await mapped(content, FILE_TIME)).toEqual([
      "bad_quantity: quantity is 5 of the unit CA, and not of pieces: columns.quantity: quantities/33 would take it as it stands, and an alias's factor make pieces of it",
      `B 5 ${AT_0}`,
      `C 5 ${AT_0}`,
    ]);
    const named = { ...FILE_TIME, columns: { sku: 'sku', quantity: 'quantities/33' } };
    expect(await mapped(content, named)).toEqual([`A 5 ${AT_0}`, `B 5 ${AT_0}`, `C 5 ${AT_0}`]);
  });

  it.each([
    ['25.000', `A 25 ${AT_0}`],
    ['25.', `A 25 ${AT_0}`],
    ['-3', `A -3 ${AT_0}`],
    ['1.234', 'not_whole: quantity 1.234 is no whole number'],
    ['10,000', expect.stringMatching(/^ambiguous_quantity/)],
    ['constructor', expect.stringMatching(/^bad_quantity/)],
  ])(
    'has %s as a number with a point before its decimals, and no sign between thousands',
    async (text, is) => {
      const segments = ['BIA*00*SI*F1*20260720', 'LIN**VN*A', `QTY*33*${text}`];
      expect(await mapped(x12(segments), FILE_TIME)).toEqual([is]);
    },
  );

  const whole = x12(['BIA*00*SI*F1*20261120', 'LIN**VN*A', 'QTY*33*1', 'LIN**VN*B', 'QTY*33*2']);
  it.each([
    ['within a segment', whole.slice(0, whole.indexOf('QTY*33*2') + 4), /middle of segment 8/],
    ['before SE', whole.slice(0, whole.indexOf('SE*')), /ends before SE of ST 0001: it was cut/],
    ['before GE', whole.slice(0, whole.indexOf('GE*')), /ends before GE of GS 7/],
    ['before IEA', whole.slice(0, whole.indexOf('IEA*')), /ends before IEA of ISA 000000007/],
    ['within ISA', ISA.slice(0, 60), /ISA, which ends before its end/],
    ['without an item', whole.replace('LIN**VN*A~QTY*33*1~', ''), /SE in segment 7 counts 7 and there are 5/],
    [
      'with the end of another',
      whole.replace('IEA*1*000000007', 'IEA*1*8'),
      /IEA in segment 11 ends 8, and 000000007 had begun/,
    ],
    ['as another message', whole.replace('ST*846', 'ST*850'), /no 846, but 850/],
  ])('is refused %s', async (_, content, says) => {
    const reading = readAll(content);
    await expect(reading).rejects.toThrow(UnreadableFile);
    await expect(reading).rejects.toThrow(says);
  });
});
