/**
 * What became of an event, as its own supplier is told. It follows from the supplier's own events, and from nothing else:
 * whether another supplier's figure won, or whether there is another supplier, must not be read off it.
 */
export const FATES = [
  'waiting',
  'held',
  'failed',
  'rejected',
  'withdrawn',
  'expired',
  'replaced',
  'standing',
] as const;
export type Fate = (typeof FATES)[number];

/** What a fate follows from. */
export interface FateFacts {
  decided: 'rejected' | 'counted' | null;
  withdrawn: boolean;
  expired: boolean;
  held: boolean;
  /** A worker still has to do something for it. */
  due: boolean;
  /** The supplier's greatest event of the same item and location; null: none counts. */
  standing: string | null;
}

export function fateOf(eventId: string, facts: FateFacts): Fate {
  if (facts.decided === 'rejected') return 'rejected';
  if (facts.withdrawn) return 'withdrawn';
  if (facts.decided === null) return facts.held ? 'held' : facts.due ? 'waiting' : 'failed';
  if (facts.standing !== eventId) return 'replaced';
  return facts.expired ? 'expired' : 'standing';
}

/** The fate in a sentence, for the supplier's developer. */
export function fateInWords(
  fate: Fate,
  {
    standing,
    detail,
    failureMode,
  }: { standing: string | null; detail: string | null; failureMode: string | null },
): string {
  switch (fate) {
    case 'waiting':
      return 'It is in the ledger, and its turn has not come yet: that takes seconds.';
    case 'held':
      if (failureMode === 'unknown_sku') {
        return (
          'The shop has no alias that fits this code: the event waits for one, and then flows by itself; nothing is lost. ' +
          'See that the code is right, and tell the shop which item it is and how many pieces it counts. ' +
          'The shop imports that with `catalog-sync alias import`.'
        );
      }
      return 'It is kept until the shop lets your events through; nothing is lost.';
    case 'failed':
      return 'It is in the ledger, but working on it failed; the shop can send it through again.';
    case 'rejected':
      return `It was rejected: ${detail ?? 'it does not fit the rules for your events'}.`;
    case 'withdrawn':
      return 'Somebody at the shop took it out.';
    case 'expired':
      return 'It was your latest figure, and is too old to count.';
    case 'replaced':
      return standing === null
        ? 'It does not count any more.'
        : `Your event ${standing} is later, or the lower of two figures of one moment, and stands in its place.`;
    case 'standing':
      return 'It is what you say of this item and location now.';
  }
}
