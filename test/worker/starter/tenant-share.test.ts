import { describe, expect, it } from 'vitest';
import { openTenantShare } from '../../../src/worker/starter/tenant-share.ts';

describe('openTenantShare', () => {
  it('gives a tenant the whole window alone, and an eighth while others send too', () => {
    let now = 0;
    const share = openTenantShare(() => now);
    expect(share.of(16)).toBe(16);
    share.saw(['shop', 'shop']);
    expect(share.of(16)).toBe(16);
    now = 5_000;
    share.saw(['other', 'shop']);
    expect([share.of(16), share.of(1), share.of(20)]).toEqual([2, 1, 3]);
    now = 14_000;
    share.saw(['shop']);
    expect(share.of(16)).toBe(2);
    now = 15_001;
    expect(share.of(16)).toBe(16);
  });
});
