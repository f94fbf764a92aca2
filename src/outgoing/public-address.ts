import { isIP } from 'node:net';
import { listOf, type AddressRange } from '../config/address-ranges.ts';

/**
 * What IANA's registries of special-purpose addresses (RFC 6890) do not call globally reachable, and what lies within
 * those that do and leads elsewhere: https://www.iana.org/assignments/iana-ipv4-special-registry
 */
const NOT_PUBLIC_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Azure's metadata and DNS, by an address that looks public.
  '168.63.129.16/32',
];

/** Of IPv6 this is all that is handed out for the world; the rest maps, translates, or stays within a network. */
const GLOBAL_IPV6 = ['2000::/3'];

const NOT_PUBLIC_IPV6 = [
  // Protocols, with Teredo, ORCHID and benchmarks among them.
  '2001::/23',
  '2001:db8::/32',
  // 6to4: an IPv4 address within, which may be a private one.
  '2002::/16',
  '2620:4f:8000::/48',
  '3fff::/20',
];

const ipv4 = listOf(NOT_PUBLIC_IPV4.map(rangeOf));
const globalIpv6 = listOf(GLOBAL_IPV6.map(rangeOf));
const ipv6 = listOf(NOT_PUBLIC_IPV6.map(rangeOf));

/** Whether an IP address is one of the public Internet. An IPv6 address with an IPv4 one within is not. */
export function isPublicAddress(address: string): boolean {
  // A zone (`fe80::1%eth0`) belongs to one machine only.
  if (address.includes('%')) return false;
  switch (isIP(address)) {
    case 4:
      return !ipv4.check(address, 'ipv4');
    case 6:
      return globalIpv6.check(address, 'ipv6') && !ipv6.check(address, 'ipv6');
    default:
      return false;
  }
}

function rangeOf(text: string): AddressRange {
  const [address = '', bits = ''] = text.split('/');
  return { address, bits: Number(bits), family: isIP(address) === 6 ? 'ipv6' : 'ipv4' };
}
