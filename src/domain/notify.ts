import type { Micros } from './time.ts';

/** How a channel is told. */
export const CHANNEL_KINDS = ['webhook', 'slack', 'email', 'pagerduty'] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/** From what is good to know to what somebody has to get up for; the last two are those of the alerts. */
export const SEVERITIES = ['info', 'warn', 'ticket', 'page'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Who mends what: the same as in signals and alerts. */
export const OWNERS = ['Infra', 'Platform', 'Storefront', 'Support Eng'] as const;
export type Owner = (typeof OWNERS)[number];

export const CONDITION_KINDS = [
  'gate_closed',
  'rolled_back',
  'signal_missed',
  'signal_inconclusive',
  'ready_to_widen',
  'feed_held',
  'supplier_silent',
  'drift_found',
  'publish_waiting',
  'token_expiring',
  'secret_expiring',
] as const;
export type ConditionKind = (typeof CONDITION_KINDS)[number];

/** Something that people want to know of for as long as it is so. */
export interface Condition {
  kind: ConditionKind;
  /** Names it among all, so that it is told once. */
  key: string;
  /** Null: it belongs to none. */
  tenant: string | null;
  severity: Severity;
  owner: string;
  /** What it is about, in a few words: `shop`, `acme of shop`. */
  subject: string;
  /** What happened, in a sentence or some, without a line break. */
  detail: string;
  /** Of the console's page that shows it, such as `/t/shop/gate`; null: none does. */
  page: string | null;
  /** Since when it is so; of what ends, when that is. */
  since: Micros;
}

/** How long something has to be so before it is told; all in µs. */
export interface Patience {
  inconclusive: Micros;
  publish: Micros;
  /** So long before its end a token or a secret is told of. */
  expiry: Micros;
}

/** What a channel wants to be told of. */
export interface Wishes {
  /** Null: of every tenant, and of what belongs to none. */
  tenant: string | null;
  /** Null: whoever has to mend it. */
  owner: string | null;
  atLeast: Severity;
  patience: Patience;
}

/** How one kind of condition is told. */
export interface KindWords {
  on: string;
  off: string;
  /** What it means for customers and for the launch. */
  means: string;
  todo: string;
}

/** `T` stands for the tenant. */
export const KIND_WORDS: Readonly<Record<ConditionKind, KindWords>> = {
  gate_closed: {
    on: 'The gate closed',
    off: 'Open again',
    means: 'What suppliers send is held, not lost; the storefront shows what it showed before.',
    todo: 'Read why: `catalog-sync gate status --tenant T`. When it is mended, open the canary again.',
  },
  rolled_back: {
    on: 'Rolled back',
    off: 'Open again after a rollback',
    means: 'What suppliers send is held, not lost; the storefront shows what it showed before.',
    todo: 'Ask whoever rolled back. `catalog-sync gate status --tenant T` says what opens it again.',
  },
  signal_missed: {
    on: 'A signal misses its target',
    off: 'The signal misses no more, or is not sampled any more',
    means: 'Customers may see wrong or late quantities, and nothing is widened; a watch begins anew.',
    todo: '`catalog-sync gate status --tenant T` says what happened and what to do.',
  },
  signal_inconclusive: {
    on: 'A signal has said nothing for long',
    off: 'The signal says something again, or is not sampled any more',
    means: 'Nobody knows whether the target is met, and nothing is widened meanwhile.',
    todo: 'See that events come and that a worker runs: `catalog-sync gate status --tenant T`, `catalog-sync doctor`.',
  },
  ready_to_widen: {
    on: 'Ready to widen',
    off: 'No longer ready to widen',
    means: 'The evidence is complete: every signal is green, the watch is over, the updates are explained.',
    todo: 'Widen it: `catalog-sync gate widen --tenant T --supplier NAME --reason TEXT`.',
  },
  feed_held: {
    on: 'A file is held',
    off: 'The file was decided on',
    means: 'Nothing of the file flows; the supplier’s items stay as they were.',
    todo: 'Read the reasons with `catalog-sync feed runs FEED --tenant T`, then approve or refuse the run.',
  },
  supplier_silent: {
    on: 'A supplier is silent',
    off: 'The supplier is heard again',
    means: 'Its figures are as old as that, and may be wrong by now.',
    todo: 'Ask the supplier; `catalog-sync supplier list --tenant T` says when it was last heard from.',
  },
  drift_found: {
    on: 'A storefront shows something else than the ledger',
    off: 'The storefront shows what the ledger says',
    means: 'Customers see those quantities until they are published anew.',
    todo: '`catalog-sync sweep --tenant T --repair` mends them; `catalog-sync sweep list --tenant T` names the sweep.',
  },
  publish_waiting: {
    on: 'Publishes wait for long',
    off: 'No publish waits for long any more',
    means: 'Nothing is lost, and the storefront shows older quantities until it is told.',
    todo: 'Check the storefront: `catalog-sync doctor --storefront`. What waits is told by itself.',
  },
  token_expiring: {
    on: 'A token is about to end',
    off: 'The token was renewed, or is gone',
    means: 'Whoever uses it is refused from then on.',
    todo: 'Give its owner another one: `catalog-sync token rotate ID`.',
  },
  secret_expiring: {
    on: 'A secret is about to end',
    off: 'The secret was renewed, or is gone',
    means: 'What is still signed with it then is refused.',
    todo: 'See that the other side has the new one before then.',
  },
};

/** What somebody has to do, with the tenant's name in its place. */
export function todoOf(kind: ConditionKind, tenant: string | null): string {
  return KIND_WORDS[kind].todo.replaceAll('--tenant T', `--tenant ${tenant ?? 'TENANT'}`);
}
