import { describe, expect, it } from 'vitest';
import { createStorefrontBreaker } from '../../activities/storefront-breaker.ts';

function broken() {
  const clock = { ms: 0 };
  const breaker = createStorefrontBreaker({
    ...{ failures: 3, restMs: 1_000, mostRestMs: 3_000 },
    now: () => clock.ms,
  });
  let item = 0;
  const fail = (times: number, storefront = 'shop') => {
    for (let no = 0; no < times; no += 1) {
      item += 1;
      breaker.failed('canary', storefront, `item-${item}`, `HTTP 50${no}`);
    }
  };
  const names = () => breaker.resting('canary').map(({ storefront }) => storefront);
  return { clock, breaker, fail, names };
}

describe('a storefront', () => {
  it('is left alone after several failures in a row, with the last one as the reason', () => {
    const { breaker, fail } = broken();
    fail(2);
    breaker.succeeded('canary', 'shop');
    fail(2);
    expect(breaker.resting('canary')).toEqual([]);
    fail(1);
    expect(breaker.resting('canary')).toEqual([{ storefront: 'shop', reason: 'HTTP 500', forMs: 1_000 }]);
    expect(breaker.resting('another')).toEqual([]);
  });

  it('is not left alone for one item that it cannot do with, however often that is tried', () => {
    const { breaker, names } = broken();
    for (let no = 0; no < 20; no += 1) breaker.failed('canary', 'shop', 'poison', 'HTTP 500');
    expect(names()).toEqual([]);
  });

  it('is tried by one call after its rest, whoever else asks for it, and by all once it is well', () => {
    const { breaker, clock, fail, names } = broken();
    fail(3);
    clock.ms = 1_000;
    expect(names()).toEqual([]);
    // Nobody has called it yet.
    expect(names()).toEqual([]);
    breaker.called('canary', 'shop');
    expect(names()).toEqual(['shop']);
    breaker.succeeded('canary', 'shop');
    expect(names()).toEqual([]);
  });

  it('tells how many come in vain, of this rest or the one before, and for how long; nothing once it is well', () => {
    const { breaker, clock, fail } = broken();
    const inVain = () => breaker.cameInVain('canary');
    expect(inVain()).toEqual({ count: 0, forMs: 0 });
    fail(3);
    for (let no = 1; no <= 40; no += 1) expect(inVain()).toEqual({ count: no, forMs: 0 });
    clock.ms = 1_000;
    // Several calls were under way when it failed.
    fail(3);
    expect(inVain()).toEqual({ count: 40, forMs: 1_000 });
    clock.ms = 2_000;
    fail(1);
    expect(inVain()).toEqual({ count: 1, forMs: 2_000 });
    expect(breaker.cameInVain('another')).toEqual({ count: 0, forMs: 0 });
    breaker.succeeded('canary', 'shop');
    expect(inVain()).toEqual({ count: 0, forMs: 0 });
  });

  it('is tried again though who tried it never came back', () => {
    const { breaker, clock, fail, names } = broken();
    fail(3);
    for (const ms of [1_000, 2_000]) {
      clock.ms = ms;
      expect(names()).toEqual([]);
      breaker.called('canary', 'shop');
      expect(names()).toEqual(['shop']);
    }
  });

  it('rests longer each time that it is tried in vain, up to a limit; what was under way before counts once', () => {
    const { breaker, clock, fail } = broken();
    fail(3);
    fail(5);
    const rests: number[] = [];
    for (let no = 0; no < 4; no += 1) {
      clock.ms += breaker.resting('canary')[0]?.forMs ?? 0;
      breaker.called('canary', 'shop');
      fail(2);
      rests.push(breaker.resting('canary')[0]?.forMs ?? 0);
    }
    expect(rests).toEqual([2_000, 3_000, 3_000, 3_000]);
  });

  it('takes nothing from another of its tenant', () => {
    const { fail, names } = broken();
    fail(3, 'cache');
    fail(2, 'shop');
    expect(names()).toEqual(['cache']);
  });
});
