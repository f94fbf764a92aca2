import { describe, expect, it } from 'vitest';
import { addressesIn, parseAddressRanges } from '../../src/config/address-ranges.ts';
import { readSettings } from '../../src/config/settings.ts';

describe('a list of addresses and networks', () => {
  const holds = addressesIn(parseAddressRanges('10.0.0.0/8, 192.0.2.7,fd00::/8, ::1') ?? []);

  it.each(['10.1.2.3', '192.0.2.7', 'fd12::1', '::1'])('holds %s', (address) =>
    expect(holds(address)).toBe(true),
  );
  it.each(['11.0.0.1', '192.0.2.8', 'fe80::1', '::2', '', 'nonsense'])('does not hold %j', (address) =>
    expect(holds(address)).toBe(false),
  );
  it.each(['proxy.example', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/', '10.0.0.0/8/8', 'fd00::/129'])(
    'is none: %j',
    (text) => expect(parseAddressRanges(text)).toBeUndefined(),
  );

  it('is told by the setting as a fault among others', () => {
    expect(() => readSettings({ TRUST_PROXY: 'everybody', PORT: '-1' })).toThrow(/PORT.*\n.*TRUST_PROXY/);
  });
});
