import { BlockList, isIP } from 'node:net';

/** Addresses that begin with the same `bits` bits. */
export interface AddressRange {
  address: string;
  bits: number;
  family: 'ipv4' | 'ipv6';
}

/**
 * Reads a list such as `127.0.0.0/8, 10.1.2.3, fd00::/8`.
 *
 * @returns undefined if an entry is none
 */
export function parseAddressRanges(text: string): AddressRange[] | undefined {
  const ranges: AddressRange[] = [];
  for (const entry of text.split(',').map((one) => one.trim())) {
    if (entry === '') continue;
    const [address = '', bits, more] = entry.split('/');
    const version = isIP(address);
    const most = version === 6 ? 128 : 32;
    if (version === 0 || address.includes('%') || more !== undefined) return undefined;
    if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most)) return undefined;
    ranges.push({ address, bits: Number(bits ?? most), family: version === 6 ? 'ipv6' : 'ipv4' });
  }
  return ranges;
}

/** This machine. */
export const LOOPBACK: readonly AddressRange[] = [
  { address: '127.0.0.0', bits: 8, family: 'ipv4' },
  { address: '::1', bits: 128, family: 'ipv6' },
];

/** As `parseAddressRanges` reads it. */
export function formatAddressRanges(ranges: readonly AddressRange[]): string {
  return ranges.map(({ address, bits }) => `${address}/${bits}`).join(',');
}

/** @returns whether an address is in one of the ranges */
export function addressesIn(ranges: readonly AddressRange[]): (address: string) => boolean {
  // One list a family: in a mixed one ::ffff:0:0/96 would hold every IPv4 address.
  const lists = {
    ipv4: listOf(ranges.filter(({ family }) => family === 'ipv4')),
    ipv6: listOf(ranges.filter(({ family }) => family === 'ipv6')),
  };
  return (address) => {
    const version = isIP(address);
    if (version === 0 || address.includes('%')) return false;
    const family = version === 6 ? 'ipv6' : 'ipv4';
    return lists[family].check(address, family);
  };
}

export function listOf(ranges: readonly AddressRange[]): BlockList {
  const list = new BlockList();
  for (const { address, bits, family } of ranges) list.addSubnet(address, bits, family);
  return list;
}
