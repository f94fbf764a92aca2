import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isStorable } from '../../src/domain/safe-text.ts';
import { normalizeSku } from '../../src/domain/normalize.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test?.drop());

const keysOf = async (skus: readonly string[]): Promise<string[]> =>
  (
    await test.sql<{ key: string }>(
      'SELECT sku_key(x.sku) AS key FROM unnest($1::text[]) WITH ORDINALITY AS x (sku, no) ORDER BY x.no',
      [skus],
    )
  ).map(({ key }) => key);

/** What has letters beyond ASCII that upper case changes is left to TypeScript. */
const hasOtherLowerCase = (text: string): boolean =>
  Array.from(text.normalize('NFC')).some((one) => one > '\u007f' && one.toUpperCase() !== one);

/** Characters that matter here; those that came into Unicode lately, the two may not know alike. */
const texts = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom(
      ...[
        'a',
        'E',
        'i',
        'I',
        '-',
        '1',
        ' ',
        '\t',
        '\u00a0',
        '\u2000',
        '\u3000',
        '\u00ad',
        '\u200b',
        '\u200d',
      ],
      ...[
        '\u2060',
        '\ufeff',
        '\u0301',
        '\u0307',
        '\u0323',
        '\u00c9',
        '\u0130',
        '\u212b',
        '\u1100',
        '\u1161',
        '\uac00',
      ],
      ...['\ufb2c', '漢', '\ufa0e', '\u{1f6aa}', '\u{1d15e}'],
    ),
    maxLength: 12,
  }),
);

describe('sku_key', () => {
  it('is what TypeScript makes of a SKU, but for letters beyond ASCII in lower case', async () => {
    const skus = fc
      .sample(texts, 2_000)
      .filter(
        (text) =>
          isStorable(text) && !hasOtherLowerCase(text.replaceAll(/[\u00ad\u200b-\u200d\u2060\ufeff]/g, '')),
      );
    expect(skus.length).toBeGreaterThan(1_000);
    expect(await keysOf(skus)).toEqual(skus.map(normalizeSku));
  });

  it('says of what TypeScript made of any SKU that it is that', async () => {
    const skus = fc.sample(texts, 1_000).filter(isStorable).map(normalizeSku);
    expect(await keysOf(skus)).toEqual(skus);
  });

  it('takes look-alikes for one, also where it cannot tell upper case', async () => {
    const [one, ...others] = await keysOf([
      'caf\u00e9',
      'cafe\u0301',
      ' cafe\u200b\u0301',
      'CAF\u00e9\u00ad\ufeff',
    ]);
    expect(new Set(others)).toEqual(new Set([one]));
  });
});
