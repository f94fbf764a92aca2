import { describe, expect, it } from 'vitest';
import { CONDITION_KINDS, type Condition, type Wishes } from '../../src/domain/notify.ts';
import { seconds } from '../../src/domain/time.ts';
import { whatToTell, type Told } from '../../src/domain/what-to-tell.ts';

const now = seconds(1_780_000_000);
const all: Wishes = {
  tenant: null,
  owner: null,
  atLeast: 'info',
  patience: { inconclusive: seconds(1800), publish: seconds(600), expiry: seconds(7 * 86_400) },
};
const held = (key: string, other: Partial<Condition> = {}): Condition => ({
  kind: 'feed_held',
  key,
  tenant: 'shop',
  severity: 'ticket',
  owner: 'Platform',
  subject: 'night of shop',
  detail: 'too many zeros',
  page: null,
  since: now - seconds(1),
  ...other,
});
const told = (id: number, key: string, other: Partial<Told> = {}): Told => ({
  id: BigInt(id),
  kind: 'feed_held',
  key,
  awaySince: null,
  ...other,
});
const tell = (conditions: Condition[], before: Told[] = [], wishes = all, at = now) =>
  whatToTell({ wishes, conditions, rehearsals: new Set(['practice']), told: before, now: at });
const NOTHING = { on: [], off: [], away: [], back: [] };

describe('what a channel is told', () => {
  it('is each thing once when it turns, and once when it is well again', () => {
    const one = held('a');
    expect(tell([one])).toEqual({ ...NOTHING, on: [one] });
    expect(tell([one], [told(1, 'a')])).toEqual(NOTHING);
    expect(tell([], [told(1, 'a')])).toEqual({ ...NOTHING, off: [told(1, 'a')] });
  });

  it('is what it wishes: of a tenant, of an owner, from a severity on', () => {
    const ofNone = held('t', { tenant: null });
    expect(tell([held('a'), ofNone], [], { ...all, tenant: 'shop' }).on).toEqual([held('a')]);
    expect(tell([held('a')], [], { ...all, tenant: 'other' }).on).toEqual([]);
    expect(tell([held('a')], [], { ...all, owner: 'Storefront' }).on).toEqual([]);
    expect(tell([held('a')], [], { ...all, owner: 'Platform' }).on).toHaveLength(1);
    expect(tell([held('a')], [], { ...all, atLeast: 'page' }).on).toEqual([]);
    expect(tell([held('a', { severity: 'page' })], [], { ...all, atLeast: 'ticket' }).on).toHaveLength(1);
  });

  it('is a rehearsal only where somebody asked for that tenant, and what it was told of does not end by that', () => {
    const practised = held('p', { tenant: 'practice' });
    expect(tell([practised]).on).toEqual([]);
    expect(tell([practised], [], { ...all, tenant: 'practice' }).on).toEqual([practised]);
    expect(tell([practised], [told(1, 'p')])).toEqual(NOTHING);
  });

  it('waits for what has to last', () => {
    for (const [kind, patience] of [
      ['signal_inconclusive', all.patience.inconclusive],
      ['publish_waiting', all.patience.publish],
    ] as const) {
      expect(tell([held('a', { kind, since: now - patience + 1n })]).on).toEqual([]);
      expect(tell([held('a', { kind, since: now - patience })]).on).toHaveLength(1);
    }
  });

  it('is not that a signal says something while it says nothing, for however short a time', () => {
    const kind = 'signal_inconclusive';
    expect(tell([held('a', { kind, since: now })], [told(1, 'a', { kind })])).toEqual(NOTHING);
  });

  it('is the next outage of a busy storefront, too: something always waits for a moment', () => {
    const kind = 'publish_waiting';
    const moment = held('a', { kind, since: now - seconds(1) });
    expect(tell([moment], [told(1, 'a', { kind })]).away).toHaveLength(1);
    const away = told(1, 'a', { kind, awaySince: now - seconds(60) });
    expect(tell([moment], [away]).off).toEqual([away]);
  });

  it('is of a token or a secret as long before its end as was asked for, and afterwards', () => {
    for (const kind of ['token_expiring', 'secret_expiring'] as const) {
      expect(tell([held('a', { kind, since: now + all.patience.expiry + 1n })]).on).toEqual([]);
      expect(tell([held('a', { kind, since: now + all.patience.expiry })]).on).toHaveLength(1);
      expect(tell([held('a', { kind, since: now - 1n })]).on).toHaveLength(1);
    }
  });

  it('is not the swing of a signal', () => {
    const missed = { kind: 'signal_missed' } as const;
    expect(tell([], [told(1, 'a', missed)])).toEqual({ ...NOTHING, away: [told(1, 'a', missed)] });
    const away = told(1, 'a', { ...missed, awaySince: now });
    expect(tell([], [away], all, now + seconds(179))).toEqual(NOTHING);
    expect(tell([held('a', missed)], [away], all, now + seconds(179))).toEqual({ ...NOTHING, back: [away] });
    expect(tell([], [away], all, now + seconds(180)).off).toEqual([away]);
  });

  it('ends for every kind', () => {
    for (const kind of CONDITION_KINDS) {
      const away = told(1, 'a', { kind, awaySince: now });
      expect(tell([], [away], all, now + seconds(3600)).off).toEqual([away]);
    }
  });
});
