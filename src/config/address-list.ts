import { BlockList, isIP } from 'node:net';

/**
 * Reads addresses and networks, such as `10.0.0.0/8, 127.0.0.1, fd00::/8`.
 *
 * @throws RangeError that names what is neither
 */
export function parseAddressList(text: string): BlockList {
  const list = new BlockList();
  for (const part of text.split(',').map((one) => one.trim())) {
    const [address = '', prefix, ...more] = part.split('/');
    const version = isIP(address);
    const bits = version === 6 ? 128 : 32;
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (version === 0 || more.length > 0 || !(length <= bits)) {
      throw new RangeError(`${part} is neither an address nor a network such as 10.0.0.0/8`);
    }
    list.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** Whether an address is in a list; one of IPv4 that is written as IPv6 is the same. */
export function isListed(list: BlockList, address: string): boolean {
  const [bare = ''] = address.replace(/^::ffff:(?=\d+\.)/i, '').split('%');
  const version = isIP(bare);
  return version !== 0 && list.check(bare, version === 6 ? 'ipv6' : 'ipv4');
}
