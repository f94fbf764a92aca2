import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { addressesIn, type AddressRange } from '../config/address-ranges.ts';
import { isPublicAddress } from './public-address.ts';
import type { ResolveName } from './resolve-name.ts';

/** We do not call there. The message says why and is printable; it names an address, which not everybody may see. */
export class OutgoingRefused extends Error {
  override name = 'OutgoingRefused';
  /** Why, in words that name no address. */
  readonly because: string;

  constructor(message: string, because = 'is not called') {
    super(message);
    this.because = because;
  }
}

/** What may be called. `hostname` is that of a `URL`, without brackets. */
export interface Guard {
  /** @returns why not, for a hostname that is an address; undefined for one that may be called, and for a name */
  refusalOfLiteral(protocol: string, hostname: string): OutgoingRefused | undefined;
  /**
   * Resolves a name. One address among several that may not be called is enough to refuse: a name that mixes them lies.
   *
   * @throws OutgoingRefused, and what a look-up does
   */
  resolve(protocol: string, hostname: string): Promise<LookupAddress[]>;
  /** @returns why an address may not be connected to */
  refusalOf(protocol: string, address: string, hostname?: string): OutgoingRefused | undefined;
}

/** What nobody on the way can read or change. */
const PROTECTED: ReadonlySet<string> = new Set(['https:', 'sftp:', 'smtps:', 'smtp+starttls:']);

const NOT_PUBLIC = 'is not a public address';
const NOT_PROTECTED = 'is called by https only';
const WHAT_TO_DO = 'set another with `catalog-sync tenant set`, or allow it by OUTGOING_ALLOW';

/** @param allow what may be called though it is not public, and without TLS */
export function createGuard(allow: readonly AddressRange[], resolve: ResolveName): Guard {
  const isAllowed = addressesIn(allow);

  const refusalOf: Guard['refusalOf'] = (protocol, address, hostname = address) => {
    if (isAllowed(address)) return undefined;
    const where = hostname === address ? address : `${hostname} leads to ${address}, which`;
    if (!isPublicAddress(address))
      return new OutgoingRefused(`${where} ${NOT_PUBLIC}: ${WHAT_TO_DO}`, NOT_PUBLIC);
    if (!PROTECTED.has(protocol))
      return new OutgoingRefused(`${where} ${NOT_PROTECTED}: ${WHAT_TO_DO}`, NOT_PROTECTED);
    return undefined;
  };

  return {
    refusalOf,
    refusalOfLiteral: (protocol, hostname) =>
      isIP(hostname) === 0 ? undefined : refusalOf(protocol, hostname),
    async resolve(protocol, hostname) {
      const addresses = await resolve(hostname);
      for (const { address } of addresses) {
        const refusal = refusalOf(protocol, address, hostname);
        if (refusal) throw refusal;
      }
      return addresses;
    },
  };
}
