import { domainToASCII } from 'node:url';
import type { Due } from '../message.ts';
import { PartlySent } from '../notify-error.ts';

/** One of a channel's addresses, and its place among them from 1 on. */
export interface PlacedAddress {
  address: string;
  place: number;
}

/** A mail server's no to one address, in nodemailer's form. */
export interface AddressRefusal {
  recipient?: string | undefined;
  responseCode?: number | undefined;
}

export function refusalsOf(error: unknown): AddressRefusal[] {
  const has = error instanceof Error && 'rejectedErrors' in error && Array.isArray(error.rejectedErrors);
  return has ? (error.rejectedErrors as AddressRefusal[]) : [];
}

/**
 * Says what became of a mail that the server took, or refused for the sake of its addresses alone.
 *
 * @param count of all of a channel's addresses
 * @param left those that were tried now
 * @param before those of before
 * @throws PartlySent where not all of them have it
 */
export function settle(
  count: number,
  left: readonly PlacedAddress[],
  before: Pick<Due, 'takenBy' | 'refusedBy'>,
  refusals: readonly AddressRefusal[],
): void {
  const codes = new Map(refusals.map((one) => [comparable(one.recipient ?? ''), one.responseCode ?? 0]));
  const tried = left.map(({ address, place }) => ({ place, code: codes.get(comparable(address)) }));
  const placesOf = (is: (code: number | undefined) => boolean): number[] =>
    tried.filter(({ code }) => is(code)).map(({ place }) => place);
  const takenBy = [...before.takenBy, ...placesOf((code) => code === undefined)];
  if (takenBy.length === count) return;
  const refusedBy = [...before.refusedBy, ...placesOf((code) => code !== undefined && code >= 500)];
  const names = [
    ...before.refusedBy.map((place) => `no. ${place}`),
    ...tried.flatMap(({ place, code }) => (code === undefined ? [] : [`no. ${place} (${code})`])),
  ];
  throw new PartlySent(`of its ${count} addresses the mail server refuses ${names.join(', ')}`, {
    ...{ takenBy, refusedBy, left: count - takenBy.length - refusedBy.length },
  });
}

/** As it is here and as it is in the server's answer. */
function comparable(address: string): string {
  const [name = '', domain = ''] = address.split('@');
  return `${name}@${domainToASCII(domain) || domain}`.toLowerCase();
}
