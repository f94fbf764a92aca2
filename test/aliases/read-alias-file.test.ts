import { describe, expect, it } from 'vitest';
import { aliasJudge } from '../../src/aliases/alias-faults.ts';
import { readAliasFile } from '../../src/aliases/read-alias-file.ts';

const RULE = { skuPattern: '[A-Z0-9-]+', fitsPattern: (sku: string) => /^[A-Z0-9-]+$/.test(sku) };

async function read(text: string, name = 'aliases.csv') {
  const judge = aliasJudge(RULE);
  const bytes = (async function* () {
    yield Buffer.from(text);
  })();
  const { rows } = await readAliasFile(bytes, name);
  for await (const row of rows) {
    if ('fault' in row) judge.faults.push(row);
    else judge.add(row);
  }
  return { aliases: judge.checked(), faults: judge.faults };
}

describe('a file of aliases', () => {
  it.each([
    ['code,sku,factor\n4711,chair,12\n'],
    ['Supplier Code;SKU;Unit Factor\n4711;CHAIR;12\n'],
    ['Artikelnr\tour_sku\tVPE\n4711\tCHAIR\t12.0\n'],
    ['[{"Code": 4711, "sku": "CHAIR", "factor": 12}]', 'a.json'],
    ['{"code": "4711", "SKU": "CHAIR", "pack size": "12"}\n', 'a.ndjson'],
  ])('says the same in any form: %j', async (text, name = 'aliases.csv') => {
    expect(await read(text, name)).toEqual({
      aliases: [{ codeKey: '4711', code: '4711', sku: 'CHAIR', factor: 12 }],
      faults: [],
    });
  });

  it('may name a code and a GTIN in a row, and no factor', async () => {
    const { aliases, faults } = await read('EAN,code,sku\n4006381333931,A,CHAIR\n,B,DESK\n96385074,,LAMP\n');
    expect(faults).toEqual([]);
    expect(aliases.map(({ codeKey, sku, factor }) => [codeKey, sku, factor])).toEqual([
      ['A', 'CHAIR', 1],
      ['04006381333931', 'CHAIR', 1],
      ['B', 'DESK', 1],
      ['00000096385074', 'LAMP', 1],
    ]);
  });

  it('is told every fault with its line', async () => {
    const { faults } = await read(
      'code,sku,factor\n,CHAIR,1\nA,,1\nB,CHÄIR,1\nC,CHAIR,1/12\nD,CHAIR,0.5\nE,CHAIR,0\nF,CHAIR,1000001\nG,X,2\ng,x,2\nG,X,3\n',
    );
    expect(faults.map(({ line, fault }) => `${line}: ${fault}`)).toEqual([
      '2: the code is missing',
      '3: the SKU is missing',
      "4: the SKU CHÄIR does not match the supplier's rule [A-Z0-9-]+",
      '5: the factor 1/12 is no whole number from 1 to 1000000',
      '6: the factor 0.5 is no whole number from 1 to 1000000',
      '7: the factor 0 is no whole number from 1 to 1000000',
      '8: the factor 1000001 is no whole number from 1 to 1000000',
      '11: the code G is X × 2 in line 9',
    ]);
  });

  it.each([
    ['a,sku\n1,2\n', 'no column code or gtin; it has a, sku'],
    ['code,b\n1,2\n', 'no column sku'],
  ])('without a column is refused: %j', async (text, why) => {
    await expect(read(text)).rejects.toThrow(why);
  });
});
