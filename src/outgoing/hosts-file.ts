import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';

/** RFC 6761, section 6.3: this name is never asked of a name server. */
const LOCALHOST = /(^|\.)localhost$/;

/** The addresses that a hosts file gives a name; this machine's own name has them without one. */
export function addressesInHosts(text: string, hostname: string): LookupAddress[] {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  if (LOCALHOST.test(name)) {
    return [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ];
  }
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const family = isIP(address);
    return family !== 0 && names.some((one) => one.toLowerCase() === name) ? [{ address, family }] : [];
  });
}
