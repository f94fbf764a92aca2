import { describe, expect, it } from 'vitest';
import { readAll } from './read-all.ts';

describe('what stands once in a file', () => {
  it('is told of JSON by pointer, as far as it stands before the rows', async () => {
    const { envelope } = await readAll(
      '{"at":"2026-11-20","by":{"name":"acme","n":4,"x":null},"items":[{"sku":"A"}],"late":1}',
    );
    expect(envelope).toEqual({ '/at': '2026-11-20', '/by/name': 'acme', '/by/n': '4' });
  });

  it('is kept of a long text in many parts as far as it can be named', async () => {
    const head = '<n>xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx<!-- y --></n>'
      .replace('</n>', '')
      .concat('z<!-- y -->'.repeat(100_000), '</n>');
    const { envelope } = await readAll(`<f>${head}<i><s>A</s></i><i><s>B</s></i></f>`, { rows: '/f/i' });
    expect(envelope['/f/n']).toHaveLength(4_096);
    const name = 'k'.repeat(600);
    expect((await readAll(`{"${name}":1,"at":2,"items":[{"sku":"A"}]}`)).envelope).toEqual({ '/at': '2' });
  });

  it('is told of XML by path, with attributes', async () => {
    const { envelope } = await readAll(
      '<f day="20"><head><at> 10:00 </at></head><i><s>A</s></i><i><s>B</s></i><late>1</late></f>',
    );
    expect(envelope).toEqual({ '/f/@day': '20', '/f/head/at': '10:00' });
  });
});

describe('the text of a row', () => {
  it('is the row as it stood, and at most 4 KiB of it', async () => {
    const { rows } = await readAll(`sku;t\n"A";" x"\nB;${'é'.repeat(5000)}\n`);
    expect(rows[0]?.text).toBe('"A";" x"');
    expect(Buffer.byteLength(rows[1]?.text ?? '')).toBeLessThanOrEqual(4096);
    expect(rows[1]?.cells?.[1]).toHaveLength(5000);
  });
});
