import type { AddressRange } from '../config/address-ranges.ts';

let allowed: readonly AddressRange[] = [];

/** What this process may call though it is not public, and without TLS; said once, before the first call. */
export function allowOutgoing(ranges: readonly AddressRange[]): void {
  allowed = ranges;
}

export function allowedOutgoing(): readonly AddressRange[] {
  return allowed;
}
