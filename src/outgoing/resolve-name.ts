import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { addressesInHosts } from './hosts-file.ts';

/** Every address of a name. @throws when it has none, or nobody says in time */
export type ResolveName = (hostname: string) => Promise<LookupAddress[]>;

export interface NameSources {
  hostsFile: string;
  /** `ADDRESS:PORT` each; those of this machine unless given. */
  nameServers?: readonly string[];
  /** How long the name servers are waited for in all, in ms. */
  limitMs: number;
}

const OF_THIS_MACHINE: NameSources = { hostsFile: '/etc/hosts', limitMs: 3_000 };

/**
 * Looks names up in the hosts file, then at the name servers. Not by `dns.lookup`: its look-ups cannot be ended, and two at
 * once that nobody answers hold up every other one of the process, such as the database's.
 */
export function nameResolver({ hostsFile, nameServers, limitMs } = OF_THIS_MACHINE): ResolveName {
  return async (hostname) => {
    const own = addressesInHosts(await readFile(hostsFile, 'utf8').catch(() => ''), hostname);
    if (own.length > 0) return own;
    const resolver = new Resolver({ timeout: 1_000, tries: 2 });
    if (nameServers) resolver.setServers(nameServers);
    let isLate = false;
    const limit = setTimeout(() => {
      isLate = true;
      resolver.cancel();
    }, limitMs);
    try {
      return await askNameServers(resolver, hostname);
    } catch (error) {
      if (!isLate) throw error;
      throw new Error(`no name server answered for ${hostname} within ${limitMs} ms`, { cause: error });
    } finally {
      clearTimeout(limit);
    }
  };
}

/** IPv4 first: it is what is there where only one of them is. */
async function askNameServers(resolver: Resolver, hostname: string): Promise<LookupAddress[]> {
  const kinds = await Promise.allSettled([
    resolver.resolve4(hostname).then((found) => found.map((address) => ({ address, family: 4 }))),
    resolver.resolve6(hostname).then((found) => found.map((address) => ({ address, family: 6 }))),
  ]);
  const addresses = kinds.flatMap((kind) => (kind.status === 'fulfilled' ? kind.value : []));
  if (addresses.length > 0) return addresses;
  const failures = kinds.flatMap((kind) => (kind.status === 'rejected' ? [kind.reason as Error] : []));
  throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
}
