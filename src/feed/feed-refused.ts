/** Why nothing was done. */
export type FeedRefusal =
  | 'bad_definition'
  | 'unknown_feed'
  | 'unknown_supplier'
  | 'unknown_run'
  | 'other_supplier'
  | 'nothing_to_fetch'
  | 'run_under_way'
  | 'not_held'
  | 'cannot_be_approved'
  | 'paused'
  | 'takes_files_only';

/** What was asked of a feed, or of one of its runs, cannot be done. The message is for people: why, and what to do. */
export class FeedRefused extends Error {
  override name = 'FeedRefused';
  readonly code: FeedRefusal;
  /** Each fault of a document, with its path. */
  readonly faults: readonly { path: string; fault: string }[];

  constructor(code: FeedRefusal, message: string, faults: FeedRefused['faults'] = []) {
    super(message);
    this.code = code;
    this.faults = faults;
  }
}

export function unknownFeed(tenant: string, feed: string): FeedRefused {
  return new FeedRefused(
    'unknown_feed',
    `Tenant ${tenant} has no feed ${feed}; \`catalog-sync feed list --tenant ${tenant}\` names them.`,
  );
}
