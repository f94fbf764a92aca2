import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSkuRule, fitsSkuRule } from '../../src/sku-rule/sku-rule.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test?.drop());

/** What the database says of each rule with each SKU. */
async function told(rules: readonly string[], skus: readonly string[]): Promise<(boolean | null)[][]> {
  const rows = await test.sql<{ fits: (boolean | null)[] }>(
    `SELECT ARRAY(SELECT fits_rule(r.rule, s.sku) FROM unnest($2::text[]) WITH ORDINALITY s (sku, no) ORDER BY s.no) AS fits
       FROM unnest($1::text[]) WITH ORDINALITY r (rule, no) ORDER BY r.no`,
    [rules, skus],
  );
  return rows.map(({ fits }) => fits);
}

const SKUS = [
  '',
  'A',
  'AB-12',
  'CHAIR',
  'CHAIR-01',
  'CHAIR-01 ',
  'X'.repeat(64),
  'X'.repeat(65),
  '_',
  'A.B',
  'A/B',
  '٣',
  'É',
];

describe('a rule as the database reads it', () => {
  it('is what RE2 reads, for rules of every usual kind', async () => {
    const rules = [
      ...['[A-Z0-9][A-Z0-9._-]{0,63}', '[A-Z]+-\\d{2}', '^CHAIR-01$', 'CHAIR|AB-\\d+', '(?:A|B)+(-[0-9]*)?'],
      ...['.*', '.', '\\w+', 'A\\.B', 'A[./]B', '[^A-B]+', '^A|B$', '(CHAIR)?', 'A{1,}', '()', '[A-Z-]+.{3}'],
    ];
    const ascii = SKUS.slice(0, -2);
    expect(await told(rules, ascii)).toEqual(rules.map((rule) => ascii.map((sku) => fitsSkuRule(rule, sku))));
  });

  it('is left to RE2 where the two could differ, and so is a SKU outside ASCII', async () => {
    const rules = [
      ...[
        '\\P{Cc}+',
        '(?i)a',
        '[[:alpha:]]+',
        '[a-c-e]',
        '\\bA',
        'A++',
        'A+?',
        '(A{1,9}){1,9}',
        '[\\w-]',
        '\\QA\\E',
      ],
      ...['A{,3}', 'A{100}', '***=A', 'É', '\\x41', '(?P<a>A)', ''],
    ];
    expect(await told(rules, ['A'])).toEqual(rules.map(() => [null]));
    expect(await told(['.*'], ['٣', 'É', 'A\n'])).toEqual([[null, null, null]]);
    expect(await test.sql(`SELECT fits_rule(NULL, 'A') AS fits`)).toEqual([{ fits: null }]);
  });

  it('is never one that fails, nor that says otherwise than RE2, however it is put together', async () => {
    const part = fc.constantFrom(
      ...['A', 'B-', '.', '[A-C]', '[^A._-]', '\\d', '\\w', '-', '\\.'],
      ...['(', '(?:', ')', '|', '^', '$'],
    );
    const often = fc.constantFrom('', '', '', '?', '*', '+', '{1,2}', '{0,63}', '{2}', '{3,}', '?');
    const rule = fc
      .array(fc.tuple(part, often), { minLength: 1, maxLength: 8 })
      .map((parts) => parts.flat().join(''))
      .filter((text) => checkSkuRule(text) === undefined);
    const sku = fc.stringMatching(/^[ABCX.0-9-]{0,6}$/);
    let judged = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(rule, { minLength: 30, maxLength: 30 }),
        fc.array(sku, { minLength: 8, maxLength: 8 }),
        async (rules, skus) => {
          const judgments = (await told(rules, skus)).flatMap((answers, no) =>
            answers.map((fits, at) => ({ rule: String(rules[no]), sku: String(skus[at]), fits })),
          );
          const known = judgments.filter(({ fits }) => fits !== null);
          expect(known).toEqual(known.map((one) => ({ ...one, fits: fitsSkuRule(one.rule, one.sku) })));
          judged += known.length;
        },
      ),
      { numRuns: 30 },
    );
    expect(judged).toBeGreaterThan(1_000);
  });
});
