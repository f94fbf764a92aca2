import { lookup as lookUp, type LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { addressesIn, type AddressRange } from '../config/address-ranges.ts';
import { isPublicAddress } from './public-address.ts';

/** We do not call there. The message says why and is printable; it names an address, which not everybody may see. */
export class OutgoingRefused extends Error {
  override name = 'OutgoingRefused';
}

/** Every address of a name, as `dns.lookup` gives them. */
export type ResolveName = (
  hostname: string,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export const resolveName: ResolveName = (hostname, done) => lookUp(hostname, { all: true }, done);

/** What may be called. `hostname` is that of a `URL`, without brackets. */
export interface Guard {
  /** @returns why not, for a hostname that is an address; undefined for one that may be called, and for a name */
  refusalOfLiteral(protocol: string, hostname: string): OutgoingRefused | undefined;
  /** Resolves a name. One address among several that may not be called is enough to refuse: a name that mixes them lies. */
  resolve(
    protocol: string,
    hostname: string,
    done: (error: Error | null, addresses: LookupAddress[]) => void,
  ): void;
  /** @returns why an address may not be connected to */
  refusalOf(protocol: string, address: string, hostname?: string): OutgoingRefused | undefined;
}

const WHAT_TO_DO = 'set another with `catalog-sync tenant set`, or allow it by OUTGOING_ALLOW';

/** @param allow what may be called though it is not public, and without TLS */
export function createGuard(allow: readonly AddressRange[], resolve: ResolveName = resolveName): Guard {
  const isAllowed = addressesIn(allow);

  const refusalOf: Guard['refusalOf'] = (protocol, address, hostname = address) => {
    if (isAllowed(address)) return undefined;
    const where = hostname === address ? address : `${hostname} leads to ${address}, which`;
    if (!isPublicAddress(address))
      return new OutgoingRefused(`${where} is not a public address: ${WHAT_TO_DO}`);
    if (protocol !== 'https:') return new OutgoingRefused(`${where} is called by https only: ${WHAT_TO_DO}`);
    return undefined;
  };

  return {
    refusalOf,
    refusalOfLiteral: (protocol, hostname) =>
      isIP(hostname) === 0 ? undefined : refusalOf(protocol, hostname),
    resolve(protocol, hostname, done) {
      resolve(hostname, (error, addresses) => {
        if (error) return done(error, []);
        for (const { address } of addresses) {
          const refusal = refusalOf(protocol, address, hostname);
          if (refusal) return done(refusal, []);
        }
        done(null, addresses);
      });
    },
  };
}
