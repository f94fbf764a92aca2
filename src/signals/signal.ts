import type { Transaction } from '../database/client.ts';
import type { SignalName, Verdict } from '../domain/signals.ts';
import type { Micros } from '../domain/time.ts';
import type { Bound } from '../domain/verdict.ts';

/** A database, or a transaction on it, as far as signals need it. */
export type Reader = Pick<Transaction, '$queryRaw'>;

/** What a signal says of a tenant, or of one of its suppliers. */
export interface Reading {
  tenant: string;
  /** Null: the whole tenant. */
  supplier: string | null;
  /** A fraction of 1, or seconds; null: nothing can be said. */
  value: number | null;
  /** How many items, events or attempts it was taken from. */
  of: number;
  /** What happened, in words and figures; one sentence or more. */
  reason: string;
  /** The same of each storefront, where it is told apart and several are open: the others are of the worst. */
  storefronts?: StorefrontReading[];
}

/** What a signal says of one of several open storefronts. */
export interface StorefrontReading {
  storefront: string;
  value: number | null;
  verdict: Verdict;
  reason: string;
}

/** A reading with its verdict. */
export interface Sample extends Reading {
  signal: SignalName;
  verdict: Verdict;
  sampledAtUs: Micros;
}

/** One of the five signals that the launch gate goes by. */
export interface Signal {
  name: SignalName;
  title: string;
  /** Who is told, and mends it. */
  owner: string;
  /** The target that a value has to meet. */
  bound: Bound;
  unit: 'fraction' | 'seconds';
  /** Fewer than so many items, events or attempts say nothing. */
  atLeast: number;
  /** What is said of a tenant or a supplier of which there is nothing to read. */
  noData: string;
  /** What a miss does to the tenant's flow: `stop`, nothing but the gate stops; `hold`, events are held as well. */
  onMiss: 'stop' | 'hold';
  whatToDo(reading: { tenant: string; supplier: string | null; verdict: Verdict }): string;
  /** However many tenants, at once: each tenant, and each of its suppliers that has data. */
  read(database: Reader, options: { tenants: readonly string[]; nowUs: Micros }): Promise<Reading[]>;
}
