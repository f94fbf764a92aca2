import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutgoingRefused } from '../../src/outgoing/guard.ts';
import { networkReason, withoutNetworkDetail } from '../../src/storefront/reason.ts';

const COARSE = 'the storefront cannot be reached';

describe('what a network says of itself', () => {
  it('is told in full to those who mend it', () => {
    expect(networkReason(new Error('connect ECONNREFUSED 10.1.2.3:443'), 1)).toBe(
      'the connection failed [connect ECONNREFUSED 10.1.2.3:443]',
    );
    expect(networkReason(new OutgoingRefused('shop leads to 10.1.2.3'), 1)).toBe(
      'not called [shop leads to 10.1.2.3]',
    );
  });

  it('is gone from any answer, whatever it holds, and the rest of the answer stays', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ maxLength: 400 }), fc.string({ unit: 'binary', maxLength: 400 })),
        fc.boolean(),
        (said, isRefused) => {
          const reason = networkReason(isRefused ? new OutgoingRefused(said) : new Error(said), 1);
          expect(reason.length).toBeLessThanOrEqual(300 * 2);
          const answer = {
            why: `read back item: ${reason}`,
            answer: `It failed (at T: ${reason}); "more".`,
            other: 'x',
          };
          const coarse = reason.includes('[') ? COARSE : reason;
          expect(JSON.parse(withoutNetworkDetail(JSON.stringify(answer)))).toEqual({
            ...{
              why: `read back item: ${coarse}`,
              answer: `It failed (at T: ${coarse}); "more".`,
              other: 'x',
            },
          });
          const cut = JSON.stringify({ why: reason.slice(0, 40), other: 'x' });
          expect(JSON.parse(withoutNetworkDetail(cut))).toMatchObject({ other: 'x' });
        },
      ),
    );
  });

  it('is not looked for where a storefront answered', () => {
    for (const text of [
      'HTTP 500: Out Of Order',
      'no answer within 2000 ms',
      'HTTP 302: redirects are not followed',
    ]) {
      expect(withoutNetworkDetail(text)).toBe(text);
    }
  });
});
