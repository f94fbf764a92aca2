import { describe, expect, it } from 'vitest';
import { boundNames, ignoredFields } from '../../src/intake/ignored-fields.ts';

describe('the fields that are not read', () => {
  it('are those beside an event’s own, whatever they are called', () => {
    const event: unknown = JSON.parse(
      '{"sku":1,"id":1,"quantity":1,"updatedAt":1,"location":1,"SKU":1,"toString":1,"__proto__":1,"constructor":1,"":1}',
    );
    expect(ignoredFields(event)).toEqual(['SKU', 'toString', '__proto__', 'constructor', '']);
    expect(({} as Record<string, unknown>).SKU).toBeUndefined();
  });

  it('have names that can be kept and shown: cut, and without what drives a terminal', () => {
    expect(boundNames([`${'x'.repeat(63)}😀y`, 'a\u0000b', '\ud800', '\u001b[31m'])).toEqual([
      `${'x'.repeat(63)}😀`,
      ...['a\ufffdb', '\ufffd', '\ufffd[31m'],
    ]);
  });

  it('are kept up to 50, and the others are one', () => {
    const names = Array.from({ length: 60 }, (_, index) => `field${index}`);
    expect(boundNames(names)).toEqual([...names.slice(0, 50), '…']);
    expect(boundNames([...names.slice(0, 50), 'field1'])).toEqual(names.slice(0, 50));
    expect(boundNames(boundNames(names))).toEqual([...names.slice(0, 50), '…']);
  });
});
