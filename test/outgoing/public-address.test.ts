import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressesIn, parseAddressRanges } from '../../src/config/address-ranges.ts';
import { isPublicAddress } from '../../src/outgoing/public-address.ts';

describe('a public address', () => {
  it.each([
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '128.0.0.1',
    '169.253.1.1',
  ])('is %s', (address) => expect(isPublicAddress(address)).toBe(true));

  it.each([
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '223.255.255.255',
    '2606:4700::1111',
  ])('is %s, beside a range that is none', (address) => expect(isPublicAddress(address)).toBe(true));

  it.each([
    ...['0.0.0.0', '0.1.2.3', '10.255.255.255', '100.64.0.1', '100.127.255.255', '127.255.255.254'],
    ...['169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.192', '192.0.2.1', '192.88.99.1'],
    ...['192.168.0.1', '198.18.0.1', '198.19.255.255', '198.51.100.7', '203.0.113.7', '224.0.0.1'],
    ...['239.255.255.255', '240.0.0.1', '255.255.255.255', '168.63.129.16'],
    ...['::', '::1', '::ffff:8.8.8.8', '::ffff:127.0.0.1', '::8.8.8.8', '64:ff9b::808:808', '64:ff9b:1::1'],
    ...[
      '100::1',
      '2001::1',
      '2001:0:4136:e378:8000:63bf:3fff:fdd2',
      '2001:10::1',
      '2001:20::1',
      '2001:db8::1',
    ],
    ...['2002:808:808::1', '2002:7f00:1::', '3fff::1', '5f00::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1'],
    ...['fe80::1%eth0', '2606:4700::1111%eth0', 'fec0::1', 'ff02::1'],
    ...['', 'localhost', '127.1', '0x7f000001', '08.8.8.8', '8.8.8.8 '],
  ])('is not %s', (address) => expect(isPublicAddress(address)).toBe(false));

  it('is never an IPv4 one within IPv6, by which way ever', () => {
    const prefixes = ['::ffff:', '::ffff:0:', '::', '64:ff9b::', '64:ff9b:1::'];
    fc.assert(
      fc.property(fc.ipV4(), fc.constantFrom(...prefixes), (address, prefix) => {
        expect(isPublicAddress(`${prefix}${address}`)).toBe(false);
      }),
    );
  });
});

describe('a list of addresses and ranges', () => {
  const within = (text: string, address: string): boolean =>
    addressesIn(parseAddressRanges(text) ?? [])(address);

  it('holds what is in it, by family', () => {
    expect(within('10.1.2.0/24, 192.168.7.9', '10.1.2.255')).toBe(true);
    expect(within('10.1.2.0/24, 192.168.7.9', '192.168.7.9')).toBe(true);
    expect(within('10.1.2.0/24, 192.168.7.9', '10.1.3.0')).toBe(false);
    expect(within('10.1.2.0/24', '::ffff:10.1.2.3')).toBe(false);
    expect(within('::ffff:0:0/96', '10.1.2.3')).toBe(false);
    expect(within('fd00::/8', 'fd12::1')).toBe(true);
    expect(within('fe80::/10', 'fe80::1%eth0')).toBe(false);
    expect(within('0.0.0.0/0', '127.0.0.1')).toBe(true);
    expect(within('', '127.0.0.1')).toBe(false);
  });

  it.each([
    '10.1.2.3/33',
    '10.1.2.3/-1',
    '10.1.2.3/8/8',
    'fd00::/129',
    '10.1/8',
    'localhost',
    'fe80::1%eth0',
    '10.0.0.0/1e1',
  ])('is none with %s', (text) => expect(parseAddressRanges(text)).toBeUndefined());
});
