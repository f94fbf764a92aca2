import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonFault } from '../../src/intake/json-faults.ts';
import { parseStrictJson } from '../../src/intake/strict-json.ts';

const parse = (text: string) => parseStrictJson(Buffer.from(text));

/** Writes JSON with each character of each string as an escape or not, and white space anywhere. */
function written(value: unknown, escape: (index: number) => boolean): string {
  let count = 0;
  const text = (content: string): string =>
    `"${content
      .split('')
      .map((unit) => {
        count += 1;
        const plain = JSON.stringify(unit).slice(1, -1);
        return escape(count) ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}` : plain;
      })
      .join('')}"`;
  const write = (part: unknown): string => {
    if (typeof part === 'string') return text(part);
    if (Array.isArray(part)) return `[ ${part.map(write).join(' ,\n')} ]`;
    if (typeof part === 'object' && part !== null) {
      return `{\t${Object.entries(part)
        .map(([key, inner]) => `${text(key)} : ${write(inner)}`)
        .join(',')} }`;
    }
    return JSON.stringify(part);
  };
  return write(value);
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

// A key __proto__ is refused, and JSON.parse gives -0 where fast-check's own stringify gives 0.
const anyJson = fc
  .jsonValue({ maxDepth: 5 })
  .filter((value) => !/__proto__|"constructor"|-0\b/.test(JSON.stringify(value)))
  .map((value): unknown => JSON.parse(JSON.stringify(value)));

describe('strict JSON', () => {
  it('reads whatever JSON.parse reads, when no key stands twice and the nesting is not deep', () => {
    fc.assert(
      fc.property(anyJson, fc.integer({ min: 1, max: 5 }), (value, every) => {
        const text = written(value, (index) => index % every === 0);
        expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) });
      }),
    );
  });

  it('refuses whatever JSON.parse refuses, and never throws', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      'a',
      '"a"',
      '1',
      ' ',
      'null',
      '\\u00',
      '1e400',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        const read = parse(text);
        expect(read.ok || isJson(text)).toBe(isJson(text));
        expect(read.ok || !isJson(text) || /twice/.test(read.detail)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('finds a key that is written twice, wherever and however it is written', () => {
    const steps = fc.array(fc.oneof(fc.string({ maxLength: 5 }), fc.nat(3)), { maxLength: 6 });
    fc.assert(
      fc.property(steps, fc.string(), fc.boolean(), anyJson, (path, key, escaped, value) => {
        fc.pre(![...path, key].some((step) => step === '__proto__' || step === 'constructor'));
        const again = escaped
          ? `"${key.replaceAll(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`
          : JSON.stringify(key);
        const inner = `{${JSON.stringify(key)}: ${JSON.stringify(value)}, ${again}: 1}`;
        const text = path.reduceRight<string>((within, step) => {
          return typeof step === 'number'
            ? `[${[...Array.from({ length: step }, () => '{"x":[]}'), within].join(',')}]`
            : `{${JSON.stringify(`${step}!`)}:0,${JSON.stringify(step)}:${within}}`;
        }, inner);
        const pointer = [...path, key]
          .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
          .join('');
        expect(parse(text)).toMatchObject({ ok: false, pointer });
      }),
    );
  });

  it.each([
    ['{"quantity":4.99999999999999999999}', '/quantity'],
    ['[1,[1.0000000000000000000001]]', '/1/0'],
    ['9007199254740993', ''],
    ['{"a":1e-400}', '/a'],
    ['[0.1000000000000000055511151231257827]', '/0'],
  ])('refuses %s, whose number would be read as another one', (text, pointer) => {
    expect(parse(text)).toMatchObject({ ok: false, pointer });
  });

  it.each([
    '-0.5e-3',
    '5.000000000000000000000',
    '0.000000000000000000001',
    '999999999999999',
    '0.30000000000000004',
    '-1070752174488.125',
    '1234567890123456800000000',
    '0e5',
    '-0.0',
    '0.5E+3',
    '1e400',
    '"1e1"',
  ])('reads the number %s', (text) => {
    expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) });
  });

  it('lets the same key stand in several objects', () => {
    expect(parse('[{"a":{"a":1},"b":{"a":2}},{"a":3}]').ok).toBe(true);
    expect(parse('{"a":"a","b":["a","a"],"c":"\\"a\\":"}').ok).toBe(true);
  });

  it('counts levels exactly: 32 are read, 33 are not', () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    expect(depthOf(JSON.parse(nested(32)))).toBe(32);
    expect(parse(nested(32)).ok).toBe(true);
    expect(parse(nested(33))).toMatchObject({ ok: false, detail: expect.stringContaining('32 levels') });
    expect(findJsonFault('[[{"a":[]}]]', 3)).toEqual({ kind: 'nested_too_deep', pointer: '/0/0/a' });
  });

  it('does not fall over half a million levels, closed or not', () => {
    for (const text of [
      '['.repeat(500_000),
      '{"a":'.repeat(200_000),
      '['.repeat(500_000) + ']'.repeat(500_000),
    ]) {
      expect(parse(text).ok).toBe(false);
    }
  });

  it('reads a number of a million digits as quickly as any other text of that length', () => {
    const zeros = '0'.repeat(1_000_000);
    expect(parse(`{"token":0.1${zeros}1}`)).toMatchObject({ ok: false, pointer: '/token' });
    expect(parse(`{"token":0.${zeros}1}`)).toMatchObject({ ok: false, pointer: '/token' });
    expect(parse(`{"token":0.1${zeros}}`)).toEqual({ ok: true, value: { token: 0.1 } });
  });

  it.each([
    ['{"__proto__":{"quantity":5}}'],
    ['{"\\u005f_proto__":1}'],
    ['[{"a":{"__proto__":null}}]'],
    ['{"constructor":{"prototype":{"a":1}}}'],
  ])('refuses a key that could change the prototype: %s', (text) => {
    expect(parse(text)).toMatchObject({ ok: false, detail: expect.stringContaining('prototype') });
  });

  it('refuses bytes that are not UTF-8', () => {
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0x22, 0xc0, 0x80, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
      [0x22, 0xc3, 0x22],
    ]) {
      expect(parseStrictJson(Buffer.from(bytes))).toEqual({ ok: false, detail: 'The body is not UTF-8.' });
    }
  });

  it('leaves out one byte order mark at the beginning, each time anew', () => {
    for (let round = 0; round < 2; round += 1) {
      expect(parseStrictJson(Buffer.from([0xef, 0xbb, 0xbf, 0xff])).ok).toBe(false);
      expect(parse('\ufeff{"a":"\ufeff"}')).toEqual({ ok: true, value: { a: '\ufeff' } });
      expect(parse('\ufeff\ufeff{}').ok).toBe(false);
    }
  });

  it('refuses other encodings, and nothing at all', () => {
    expect(parse('\ufeff').ok).toBe(false);
    expect(parseStrictJson(Buffer.from('{}', 'utf16le')).ok).toBe(false);
    expect(parse('').ok).toBe(false);
  });

  it('does not quote the body in what it says', () => {
    const read = parse('{"secret-of-somebody" 1}');
    expect(read.ok || read.detail).not.toMatch(/secret/);
  });
});
