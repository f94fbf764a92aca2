/**
 * What the database functions trace_gap and item_gap can find of an acknowledged event, in words that go on with the
 * event's name.
 */
export const GAPS = {
  digest: 'is not what arrived: its content does not match its digest',
  workflow: 'has no workflow id',
  undecided: 'is not decided',
  rejection: 'is rejected without a known rule',
  other_sku: 'belongs to an item that is not what its own SKU names',
  not_by_rule: 'was let in though it was further ahead than its rule tolerates',
  sku_not_by_rule: 'was let in though its SKU is none of its rule',
  void: 'is taken out by a void that does not name it',
  expiry: 'is ended by an expiry that does not name it',
  lost_to: 'names a winner that it did not lose to',
  beat: 'names a rule by which it did not win',
  no_item: 'belongs to an item that is not in the catalog',
  winner: "belongs to an item whose winner is not the ledger's",
  winner_digest: 'belongs to an item whose winner is not what arrived: its content does not match its digest',
  row: 'belongs to an item whose catalog row does not say what its winner says',
  shares: 'belongs to a version that is not what its shares come to',
  no_version: 'won, but made no version that says what it says',
  unpublished: 'made a version whose publication has not begun',
} as const;

export type Gap = keyof typeof GAPS;
