import { isIP, SocketAddress } from 'node:net';

/** A socket that takes both families writes an IPv4 address as one of IPv6. */
export function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

/**
 * Under which name an address is counted: an IPv4 address for itself, also one that is written as IPv6; of IPv6 the
 * network of 64 bits, for whoever has one address of it has them all.
 */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return '';
  const [bare = ''] = withoutMapping(address).split('%');
  const version = isIP(bare);
  // A proxy may pass on whatever a client wrote: that is not remembered.
  if (version !== 6) return version === 4 ? bare : '';
  const [front = '', back] = new SocketAddress({ address: bare, family: 'ipv6' }).address.split('::');
  const groups = front === '' ? [] : front.split(':');
  const behind = back === undefined || back === '' ? [] : back.split(':');
  // An IPv4 tail stands for two groups; it is never among the first four, but counts.
  const length = behind.length + (behind.at(-1)?.includes('.') ? 1 : 0);
  const zeros = back === undefined ? [] : Array.from({ length: 8 - groups.length - length }, () => '0');
  return `${[...groups, ...zeros, ...behind].slice(0, 4).join(':')}::/64`;
}
