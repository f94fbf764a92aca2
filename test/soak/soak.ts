import type { Random } from '../../src/start/sample-feed/random.ts';
import type { FaultPart } from '../support/faults/parts.ts';
import type { Way } from './figures.ts';
import type { Oracle } from './oracle.ts';
import type { SoakProduct } from './product.ts';

/** A span of the soak, in ms since 1970. */
export interface Span {
  fromMs: number;
  toMs: number;
}

/** What all that goes on at a time shares. */
export interface Soak {
  product: SoakProduct;
  oracle: Oracle;
  /** Draws of their own for whoever asks first, second, …: the same seed gives the same. */
  random(): Random;
  /** Fires when nothing more is to be sent or broken. */
  over: AbortSignal;
  /** How often something was done or seen. */
  counts: Map<string, number>;
  count(what: string, times?: number): void;
  /** What was broken, and when. */
  faults: (Span & { name: string })[];
  /** When a tenant, or one supplier of it, was closed. */
  closed: (Span & { tenant: string; supplier?: string })[];
  /** Parts that somebody is just ending or starting. */
  inHand: Set<FaultPart>;
  begunMs: number;
  /** Ways of events, by their number in the ledger, read before these were made older. */
  ways: Map<string, Way>;
  /** Names of events that were made older, so that they may be pruned. */
  aged: Set<string>;
  /** How long each asked-for end of a process took, in s. */
  stops: number[];
  /** A line for each thing that must not be. */
  wrong: string[];
  /** The words for what is going on. */
  doing: { fault: string; operator: string };
}

export const TENANTS: Record<string, readonly string[]> = {
  north: ['acme', 'globex'],
  south: ['acme', 'initech', 'umbrella'],
  west: ['globex', 'initech', 'latecomer'],
};

/** A supplier of `west` that is closed to the end: all that it sends has to be held. */
export const LATECOMER = { tenant: 'west', supplier: 'latecomer' } as const;

/** A pack that is dealt to its end before it is shuffled anew, so that nothing is left out for long. */
export function deck<Card extends { often: number }>(cards: readonly Card[], random: Random): () => Card {
  let rest: Card[] = [];
  return () => {
    if (rest.length === 0) rest = cards.flatMap((card) => Array.from({ length: card.often }, () => card));
    const [card] = rest.splice(random.int(0, rest.length - 1), 1);
    if (!card) throw new RangeError('an empty pack');
    return card;
  };
}
