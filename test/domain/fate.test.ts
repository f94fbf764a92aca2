import { describe, expect, it } from 'vitest';
import { FATES, fateInWords, fateOf, type FateFacts } from '../../src/domain/fate.ts';

const COUNTED: FateFacts = {
  decided: 'counted',
  withdrawn: false,
  expired: false,
  held: false,
  due: false,
  standing: 'e-1',
};

describe("an event's fate", () => {
  it.each([
    ['standing', {}],
    ['expired', { expired: true }],
    ['replaced', { standing: 'e-2' }],
    ['replaced', { standing: 'e-2', expired: true }],
    ['withdrawn', { withdrawn: true, standing: null }],
    ['rejected', { decided: 'rejected', standing: null }],
    ['held', { decided: null, held: true, standing: null }],
    ['waiting', { decided: null, due: true, standing: 'e-0' }],
    ['failed', { decided: null, standing: null }],
  ] as const)('is %s by %o', (fate, facts) => {
    expect(fateOf('e-1', { ...COUNTED, ...facts })).toBe(fate);
  });

  it('is a sentence, each another one', () => {
    const words = FATES.map((fate) =>
      fateInWords(fate, { standing: 'e-2', detail: 'the SKU is too long', failureMode: null }),
    );
    expect(new Set(words).size).toBe(FATES.length);
    for (const text of words) expect(text).toMatch(/^[A-Z].*\.$/);
    const facts = { standing: 'e-2', detail: null };
    expect(fateInWords('replaced', { ...facts, failureMode: null })).toContain('e-2');
    const held = fateInWords('held', { ...facts, failureMode: 'unknown_sku' });
    expect(held).toMatch(/^The shop has no alias .*catalog-sync alias import`\.$/);
  });
});
