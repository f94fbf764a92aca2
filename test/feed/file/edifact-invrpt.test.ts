import { describe, expect, it } from 'vitest';
import { PIECE_SIZES, readAll } from './read-all.ts';
import { edifact, values, mapped, BERLIN, FILE_TIME, AT_0 } from './edi-files.ts';

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
          quantity: 5,
          unit: 'PCE',
          location: '4012345000009',
          updatedAt: '2026-11-20',
          ids: { EN: '4012345678901', SA: "O'NEIL+1:a?" },
          quantities: { '145': 5 },
          dates: { '179': '2026-11-20' },
          documentDate: '2026-11-20T10:15:00',
        },
      ],
      [
        10,
        expect.objectContaining({
          sku: '4012345678918',
          quantity: 1234,
          quantities: { '17': 7.5, '145': 1234 },
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
      [5, expect.objectContaining({ sku: "A'1", quantity: 2.5 })],
    ]);
  });

  it('gives a row a place, whether INV begins its parts or not', async () => {
    const inventories = ['INV+1', 'QTY+145:5', 'LOC+14+W::92', 'INV+1', 'QTY+145:6', 'LOC+14+E::92'];
    for (const parts of [inventories, inventories.filter((one) => !one.startsWith('INV'))]) {
      const rows = await values(edifact(['BGM+35+I+9', 'DTM+366:20261120:102', 'LIN+1++A:EN', ...parts]));
      expect(rows).toEqual([
        [5, expect.objectContaining({ location: 'W', quantity: 5, documentDate: '2026-11-20' })],
        [5, expect.objectContaining({ location: 'E', quantity: 6 })],
      ]);
    }
  });

  it.each([
    ['202607201000:203', '2026-07-20T08:00:00Z'],
    ['20260720100000:204', '2026-07-20T08:00:00Z'],
    ['202607201000UTC:303', '2026-07-20T10:00:00Z'],
    ['202607201000CET:303', '2026-07-20T09:00:00Z'],
    ['202607201000CEST:303', '2026-07-20T08:00:00Z'],
    ['202607201000?+00:303', '2026-07-20T10:00:00Z'],
    ['202607201000?+05:303', '2026-07-20T05:00:00Z'],
    ['202607201000-0330:303', '2026-07-20T13:30:00Z'],
    ['202607201000:303', '2026-07-20T08:00:00Z'],
    ['20260720100000GMT:304', '2026-07-20T10:00:00Z'],
    ['202607201000?+0530:205', '2026-07-20T04:30:00Z'],
    ['202607201000-0400:205', '2026-07-20T14:00:00Z'],
    ['2607201000EET:301', '2026-07-20T08:00:00Z'],
    ['260720100000?+01:302', '2026-07-20T09:00:00Z'],
    ['260720100000:202', '2026-07-20T08:00:00Z'],
  ])('is of the zone that %s names, whatever the definition says', async (date, at) => {
    const content = edifact(['BGM+35+I+9', 'LIN+1++A:SA', `DTM+179:${date}`, 'QTY+145:5']);
    expect(await mapped(content, BERLIN)).toEqual([`A 5 ${at}`]);
  });

  it.each([
    ['202607201000PST:303', /^bad_time: updatedAt "2026-07-20T10:00:00 PST" names a zone that is not known/],
    ['202630:616', /^bad_time: updatedAt "202630 \(616\)" is no time that is read/],
  ])('refuses %s, and looks for no other date', async (date, says) => {
    const content = edifact([
      ...['BGM+35+I+9', `DTM+137:${date}`, 'LIN+1++A:SA', `DTM+179:${date}`, 'DTM+366:20260720:102'],
      'QTY+145:5',
    ]);
    const envelope = { of: 'envelope', field: 'DTM137', zone: 'UTC' };
    for (const settings of [BERLIN, { ...FILE_TIME, times: envelope }]) {
      expect(await mapped(content, settings)).toEqual([expect.stringMatching(says)]);
    }
  });

  it('takes for stock what says that it is, and is neither damaged nor reserved', async () => {
    const content = edifact([
      'BGM+35+I+9',
      'LIN+1++A:SA',
      ...['INV++1', 'QTY+145:5', 'INV++2', 'QTY+145:3', 'INV++4', 'QTY+145:1'],
      'LIN+2++B:SA',
      ...['INV++2', 'QTY+145:3'],
      'LIN+3++C:SA',
      'QTY+21:7:PCE',
    ]);
    expect(await mapped(content, FILE_TIME)).toEqual([
      `A 5 ${AT_0}`,
      'missing_value: quantity is none that says that it is stock, but 145-2 (3): columns.quantity: quantities/145-2 would take it',
      'missing_value: quantity is none that says that it is stock, but 21 (7): columns.quantity: quantities/21 would take it',
    ]);
    const named = { ...FILE_TIME, columns: { sku: 'sku', quantity: ['quantities/145-2', 'quantities/21'] } };
    expect(await mapped(content, named)).toEqual([`A 3 ${AT_0}`, `B 3 ${AT_0}`, `C 7 ${AT_0}`]);
  });

  it('has no field for a place that it does not name', async () => {
    const [row] = await values(edifact(['BGM+35+I+9', 'LIN+1++A:SA', 'LOC+7+W::92', 'QTY+145:5']));
    expect(row).toEqual([4, expect.not.objectContaining({ location: expect.anything() as unknown })]);
  });

  it.each([
    ['', '25.000', `A 25 ${AT_0}`],
    ['', '10,000', expect.stringMatching(/^ambiguous_quantity/)],
    ["UNA:+,? '", '10,000', `A 10 ${AT_0}`],
    ["UNA:+,? '", '25.000', expect.stringMatching(/^ambiguous_quantity/)],
  ])('has, behind %s, %s as a number with no sign between thousands', async (una, text, is) => {
    const content = edifact(['BGM+35+I+9', 'LIN+1++A:SA', `QTY+145:${text}`], "'", una);
    expect(await mapped(content, FILE_TIME)).toEqual([is]);
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
