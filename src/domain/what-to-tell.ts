import { SEVERITIES, type Condition, type ConditionKind, type Wishes } from './notify.ts';
import type { Micros } from './time.ts';

/** Something that a channel was told of and that was not over when it was last looked at. */
export interface Told {
  id: bigint;
  kind: ConditionKind;
  key: string;
  /** Since when it is not there any more; null: it is there. */
  awaySince: Micros | null;
}

export interface ToTell {
  /** What has turned. */
  on: Condition[];
  /** What is well again. */
  off: Told[];
  /** What is gone, and may come back before that is told. */
  away: Told[];
  /** What was gone, and is back. */
  back: Told[];
}

const MINUTE = 60_000_000n;

/**
 * How long something has to be gone before it is told to be well: what goes by samples swings, and is told twice a
 * swing otherwise.
 */
const GONE_FOR: Partial<Record<ConditionKind, Micros>> = {
  signal_missed: 3n * MINUTE,
  signal_inconclusive: 3n * MINUTE,
  ready_to_widen: 5n * MINUTE,
  publish_waiting: MINUTE,
};

/**
 * What a channel is to be told now: once of each thing that turned, and once when it is well again.
 *
 * @param conditions all that there are, whatever the channel wishes
 * @param rehearsals tenants that launches are rehearsed on: of these knows whoever asked for that one
 * @param told what the channel was told of and is not over
 */
export function whatToTell({
  wishes,
  conditions,
  rehearsals,
  told,
  now,
}: {
  wishes: Wishes;
  conditions: readonly Condition[];
  rehearsals: ReadonlySet<string>;
  told: readonly Told[];
  now: Micros;
}): ToTell {
  const wanted = new Map(
    conditions
      .filter((one) => isWanted(one, wishes, rehearsals) && isDue(one, wishes, now))
      .map((one) => [one.key, one]),
  );
  // What it was told of is not over before it is really gone, however long it has to last to be told. But something always
  // waits for a busy storefront: that is over when nothing waits for long, or the next outage would be told to nobody.
  const there = new Set(
    conditions
      .filter((one) => one.kind !== 'publish_waiting' || isDue(one, wishes, now))
      .map(({ key }) => key),
  );
  const known = new Set(told.map(({ key }) => key));
  const gone = told.filter(({ key }) => !there.has(key));
  const off = gone.filter((one) => isOver(one, now));
  const over = new Set(off.map(({ id }) => id));
  return {
    on: [...wanted.values()].filter(({ key }) => !known.has(key)),
    off,
    away: gone.filter(({ id, awaySince }) => !over.has(id) && awaySince === null),
    back: told.filter(({ key, awaySince }) => there.has(key) && awaySince !== null),
  };
}

function isWanted(
  { tenant, owner, severity }: Condition,
  wishes: Wishes,
  rehearsals: ReadonlySet<string>,
): boolean {
  if (wishes.tenant !== null ? tenant !== wishes.tenant : tenant !== null && rehearsals.has(tenant))
    return false;
  if (wishes.owner !== null && owner !== wishes.owner) return false;
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(wishes.atLeast);
}

function isDue({ kind, since }: Condition, { patience }: Wishes, now: Micros): boolean {
  switch (kind) {
    case 'signal_inconclusive':
      return now - since >= patience.inconclusive;
    case 'publish_waiting':
      return now - since >= patience.publish;
    case 'token_expiring':
    case 'secret_expiring':
      return since - now <= patience.expiry;
    default:
      return true;
  }
}

function isOver({ kind, awaySince }: Told, now: Micros): boolean {
  const needed = GONE_FOR[kind] ?? 0n;
  return needed === 0n || (awaySince !== null && now - awaySince >= needed);
}
