import { describe, expect, it } from 'vitest';
import { UnreadableFile } from '../../../src/feed/file/unreadable-file.ts';
import { PIECE_SIZES, readAll } from './read-all.ts';

const ISA =
  'ISA*00*          *00*          *ZZ*ACME           *ZZ*SHOP           *261120*1000*U*00401*000000007*0*P*>~';
const x12 = (segments: string[], end = '~'): string => {
  const whole = ['ST*846*0001', ...segments];
  return [
    ISA.slice(0, -1),
    'GS*IB*ACME*SHOP*20261120*1000*7*X*004010',
    ...whole,
    `SE*${whole.length + 1}*0001`,
    'GE*1*7',
    'IEA*1*000000007',
    '',
  ].join(end);
};
const edifact = (segments: string[], end = "'", una = ''): string => {
  const whole = ['UNH+1+INVRPT:D:96A:UN:EAN004', ...segments];
  return `${una}${['UNB+UNOC:3+ACME:14+SHOP:14+261120:1000+42', ...whole, `UNT+${whole.length + 1}+1`, 'UNZ+1+42', ''].join(end)}`;
};
const values = async (content: string, size?: number): Promise<unknown[]> =>
  (await readAll(content, {}, size)).rows.map(({ line, value }) => [line, value]);

describe('an X12 846', () => {
  const bare = 'ST*846*0001~BIA*00*SI*F1*20261120~LIN*1*VN*EDI-01~QTY*33*5*EA~SE*5*0001~\n';
  const row = {
    sku: 'EDI-01',
    quantity: '5',
    unit: 'EA',
    ids: { VN: 'EDI-01' },
    quantities: { '33': '5' },
    dates: {},
    documentDate: '2026-11-20',
  };

  it.each(PIECE_SIZES)('is read where it begins at ST, in pieces of %s bytes', async (size) => {
    const file = await readAll(bare, {}, size);
    expect(file.found).toEqual({ format: 'x12-846', encoding: 'utf-8', place: 'segment' });
    expect(file.columns).toBeUndefined();
    expect(file.envelope).toMatchObject({ BIA04: '20261120', date: '2026-11-20' });
    expect(file.rows).toEqual([
      { line: 3, cells: undefined, value: row, text: 'LIN*1*VN*EDI-01~QTY*33*5*EA~' },
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
          quantity: '5',
          location: 'WEST',
          updatedAt: '2026-11-20T09:59:00Z',
          ids: { UP: '012345678905', SK: 'S-1' },
          quantities: { '17': '7', '33': '5' },
          dates: { '036': '2027-01-01', '152': '2026-11-20T09:59:00Z' },
          documentDate: '2026-11-20T10:15:00',
        }),
      ],
      [12, expect.objectContaining({ sku: 'S-2', quantity: '9' })],
      [14, expect.not.objectContaining({ quantity: expect.anything() as unknown })],
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
      expect.objectContaining({ sku: 'A', location: 'W', quantity: '5' }),
      expect.objectContaining({ sku: 'A', location: 'E', quantity: '6' }),
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

describe('an EDIFACT INVRPT', () => {
  const segments = [
    'BGM+35+INV-7+9',
    'DTM+137:202611201015:203',
    'NAD+WH+4012345000009::9',
    'LIN+1++4012345678901:EN',
    "PIA+5+O?'NEIL?+1?:a??:SA",
    'QTY+145:5:PCE',
    'DTM+179:20261120:102',
    'LIN+2++4012345678918:EN',
    'QTY+17:7.5',
    'QTY+145:1234',
    'UNS+S',
  ];

  it.each(PIECE_SIZES)('is read with released characters, in pieces of %s bytes', async (size) => {
    const content = edifact(segments);
    expect(await values(content, size)).toEqual([
      [
        6,
        {
          sku: "O'NEIL+1:a?",
          quantity: '5',
          unit: 'PCE',
          location: '4012345000009',
          updatedAt: '2026-11-20',
          ids: { EN: '4012345678901', SA: "O'NEIL+1:a?" },
          quantities: { '145': '5' },
          dates: { '179': '2026-11-20' },
          documentDate: '2026-11-20T10:15:00',
        },
      ],
      [
        10,
        expect.objectContaining({
          sku: '4012345678918',
          quantity: '1234',
          quantities: { '17': '7.5', '145': '1234' },
        }),
      ],
    ]);
    const { envelope, found } = await readAll(content, {}, size);
    expect(found.format).toBe('edifact-invrpt');
    expect(envelope).toEqual({
      sender: 'ACME',
      receiver: 'SHOP',
      UNB04: '2026-11-20T10:00:00',
      BGM02: 'INV-7',
      DTM137: '2026-11-20T10:15:00',
      date: '2026-11-20T10:15:00',
    });
  });

  it.each(PIECE_SIZES)('is read with the characters that UNA says, in pieces of %s bytes', async (size) => {
    const content = edifact(
      ['BGM+35+I+9', 'DTM+137:20261120:102', "LIN+1++A'1:EN", 'QTY+145:2,5'],
      '~\r\n',
      'UNA:+,! ~\r\n',
    );
    expect(await values(content, size)).toEqual([
      [5, expect.objectContaining({ sku: "A'1", quantity: '2.5' })],
    ]);
  });

  it('gives a row a place, whether INV begins its parts or not', async () => {
    const inventories = ['INV+1', 'QTY+145:5', 'LOC+14+W::92', 'INV+1', 'QTY+145:6', 'LOC+14+E::92'];
    for (const parts of [inventories, inventories.filter((one) => !one.startsWith('INV'))]) {
      const rows = await values(edifact(['BGM+35+I+9', 'DTM+366:20261120:102', 'LIN+1++A:EN', ...parts]));
      expect(rows).toEqual([
        [5, expect.objectContaining({ location: 'W', quantity: '5', documentDate: '2026-11-20' })],
        [5, expect.objectContaining({ location: 'E', quantity: '6' })],
      ]);
    }
  });

  const whole = edifact(segments);
  it.each([
    ['within a segment', whole.slice(0, whole.indexOf('QTY+145:1234') + 9), /middle of segment 12/],
    ['before UNT', whole.slice(0, whole.indexOf('UNT')), /ends before UNT of UNH 1/],
    ['before UNZ', whole.slice(0, whole.indexOf('UNZ')), /ends before UNZ of UNB 42/],
    [
      'without a segment',
      whole.replace('QTY+145:1234', '').replace("''", "'"),
      /UNT in segment 13 counts 13 and there are 12/,
    ],
    ['as another message', whole.replace('INVRPT', 'ORDERS'), /no INVRPT, but ORDERS/],
  ])('is refused %s', async (_, content, says) => {
    await expect(readAll(content)).rejects.toThrow(says);
  });
});
