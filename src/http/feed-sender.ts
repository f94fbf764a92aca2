import type { AddressedFeed } from '../feed/delivery/find-addressed-feed.ts';

/** Names nobody: whoever asks for a feed that is not there learns no more than with a wrong signature. */
const NOBODY = '';

/** Whose proof a request for a feed has to have. */
export function feedSender(
  tenant: string,
  feed: AddressedFeed | undefined,
): { tenant: string; supplier: string } {
  return { tenant, supplier: feed?.supplier ?? NOBODY };
}
