import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { formatAddressRanges, LOOPBACK, parseAddressRanges } from '../config/address-ranges.ts';
import type { Settings } from '../config/settings.ts';

/** What the parts of `start` may call besides what is public: this machine, by its demo storefront's address too. */
export async function allowedAddresses(settings: Settings, storefrontUrl: string): Promise<string> {
  const host = new URL(storefrontUrl).hostname.replace(/^\[(.*)\]$/, '$1');
  const found = isIP(host) === 0 ? await lookup(host, { all: true }).catch(() => []) : [{ address: host }];
  const own = parseAddressRanges(found.map(({ address }) => address).join(',')) ?? [];
  return formatAddressRanges([...settings.OUTGOING_ALLOW, ...LOOPBACK, ...own]);
}
