export type Risk = 'input' | 'write' | 'customer';

/**
 * Every way in which an event, or a file of events, can go wrong. Error codes, metric and alert labels, the grouping
 * on dashboards and the macros of support all come from this list.
 */
export const FAILURE_MODES = {
  malformed_sku: {
    risk: 'input',
    retried: false,
    happens: 'rejected and kept in the ledger',
    todo: 'Ask the supplier to correct the SKU, or correct the SKU rule of the supplier and replay.',
  },
  clock_drift: {
    risk: 'input',
    retried: false,
    happens:
      'rejected and kept in the ledger: its updatedAt is further ahead than the tolerance of the supplier',
    todo: "Ask the supplier to set its clock, or raise the supplier's tolerance and replay.",
  },
  duplicate_event: {
    risk: 'input',
    retried: false,
    happens: 'the first answer again; the delivery is recorded and has no second effect',
    todo: 'Nothing. Many duplicates mean that the supplier does not see our answers.',
  },
  conflicting_event: {
    risk: 'input',
    retried: false,
    happens: 'refused: its id was used before with another content, which stays; the delivery is recorded',
    todo: 'Ask the supplier to send the new content with an id of its own: an id stands for one content for good.',
  },
  unknown_sku: {
    risk: 'input',
    retried: false,
    happens:
      'held: its code has no alias yet, or one whose factor makes too much; it flows once it has one that fits',
    todo:
      'Read the codes with `catalog-sync alias unknown`, ask the supplier what they are, and map them with `catalog-sync alias ' +
      'import`: what waits for them flows at once.',
  },
  feed_held: {
    risk: 'input',
    retried: false,
    happens: 'a guard held the file: its figures flow to nobody until somebody approves or refuses it',
    todo:
      'Read the reasons with `catalog-sync feed runs FEED --tenant T`. `catalog-sync feed approve RUN --tenant T --reason TEXT` lets it flow, `catalog-sync feed ' +
      'refuse RUN --tenant T --reason TEXT` ends it; if it is wrong, ask the supplier for another file.',
  },
  feed_unreadable: {
    risk: 'input',
    retried: false,
    happens: 'the file could not be fetched, or not be read to its end: nothing of it flows',
    todo:
      'Read why with `catalog-sync feed runs FEED --tenant T`. Mend the source, the feed or the file, then `catalog-sync feed run FEED --tenant T` or ' +
      'hand the file in again.',
  },
  supplier_silent: {
    risk: 'input',
    retried: false,
    happens:
      'neither a file nor an event came for longer than the feed expects: the figures are as old as that',
    todo:
      'Ask the supplier; `catalog-sync supplier list --tenant T` says when it was last heard from. Where nothing is to come, `catalog-sync feed ' +
      'pause FEED --tenant T`, or another `expected`.',
  },
  stale_catalog_version: {
    risk: 'write',
    retried: false,
    happens: 'superseded: another event of the item wins, and the trace names it',
    todo: 'Nothing. If the loser should have won, ask the supplier about its updatedAt.',
  },
  transaction_timeout: {
    risk: 'write',
    retried: true,
    happens: 'retried for as long as it takes; what no retry can mend is failed, and kept for a replay',
    todo: 'Check PostgreSQL with `catalog-sync doctor`, then replay the window.',
  },
  publish_rejected: {
    risk: 'write',
    retried: false,
    happens: 'the storefront refused the item; kept for a replay',
    todo: 'Read the reason that the storefront gave, mend it there, then replay the window.',
  },
  storefront_unreachable: {
    risk: 'write',
    retried: true,
    happens: 'retried for 24 hours; then failed and kept for a replay',
    todo:
      'Check the storefront with `catalog-sync doctor --storefront` and mend it: what waits is told by itself. Replay the ' +
      'window for what has given up.',
  },
  old_quantity_shown: {
    risk: 'customer',
    retried: false,
    happens: 'a read-back saw an older version than the storefront had accepted',
    todo: 'Ask the storefront team why an accepted cache bust did not change the page; replay the item.',
  },
  wrong_quantity_shown: {
    risk: 'customer',
    retried: false,
    happens:
      'a read-back saw a version that the ledger never made, or another quantity under one that it made; a replay ' +
      'publishes above it',
    todo: 'Replay the item; ask the storefront team who wrote to the page, and whether it runs on a copy of other data.',
  },
  untraceable_event: {
    risk: 'customer',
    retried: false,
    happens: 'an acknowledged event has no complete trace',
    todo: 'Look the event up with `catalog-sync trace`; replay the window; tell engineering.',
  },
} as const satisfies Record<string, { risk: Risk; retried: boolean; happens: string; todo: string }>;

export type FailureMode = keyof typeof FAILURE_MODES;

/** The failure modes of files, and of those that do not come: no event carries them. */
export const FEED_FAILURES = [
  'feed_held',
  'feed_unreadable',
  'supplier_silent',
] as const satisfies FailureMode[];
export type FeedFailure = (typeof FEED_FAILURES)[number];

export function isFeedFailure(mode: FailureMode): mode is FeedFailure {
  return (FEED_FAILURES as readonly FailureMode[]).includes(mode);
}

/** Those by which a replay can choose its events: what waits for an alias is in none. */
export const REPLAY_FAILURE_MODES = (Object.keys(FAILURE_MODES) as FailureMode[]).filter(
  (mode) => !isFeedFailure(mode) && mode !== 'unknown_sku',
) as [FailureMode, ...FailureMode[]];

/** The failure modes by which normalize rejects an event. */
export type Rejection = Extract<FailureMode, 'malformed_sku' | 'clock_drift'>;

/** Whether a failure mode is one by which normalize rejects an event: an end, not a failure of ours. */
export function isRejection(mode: string | null | undefined): mode is Rejection {
  return mode === 'malformed_sku' || mode === 'clock_drift';
}
