import { describe, expect, it } from 'vitest';
import { advanceWatch, type Sample, type Watch } from '../../src/domain/gate-watch.ts';
import { seconds, type Micros } from '../../src/domain/time.ts';

const fresh: Watch = { number: 1, beganAt: 0n, watched: 0n, sampledAt: null, verdict: null, lastMiss: null };
const pass = (second: number): Sample => ({ at: seconds(second), verdict: 'pass', miss: null });
const unsure = (second: number): Sample => ({ at: seconds(second), verdict: 'inconclusive', miss: null });
const miss = (second: number): Sample => ({
  at: seconds(second),
  verdict: 'miss',
  miss: { signal: 'queue_lag', reason: 'it took 95 s' },
});

/** Every moment is working time. */
const always = (from: Micros, to: Micros): Micros => to - from;
const watchedAfter = (...samples: Sample[]): Watch =>
  samples.reduce((watch, sample) => advanceWatch(watch, sample, always), fresh);

describe('a watch', () => {
  it('counts the time between two green samples', () => {
    expect(watchedAfter(pass(60)).watched).toBe(0n);
    expect(watchedAfter(pass(60), pass(120), pass(180)).watched).toBe(seconds(120));
  });

  it('counts working time only', () => {
    const half = (from: Micros, to: Micros): Micros => (to - from) / 2n;
    const watch = [pass(60), pass(120)].reduce((one, sample) => advanceWatch(one, sample, half), fresh);
    expect(watch.watched).toBe(seconds(30));
  });

  it('counts no span that begins or ends inconclusive', () => {
    expect(watchedAfter(pass(60), unsure(120), pass(180), pass(240)).watched).toBe(seconds(60));
    expect(watchedAfter(unsure(60), unsure(120)).watched).toBe(0n);
  });

  it('counts no span longer than a sample holds', () => {
    expect(watchedAfter(pass(60), pass(210)).watched).toBe(seconds(150));
    expect(watchedAfter(pass(60), pass(210.000001), pass(220)).watched).toBe(9_999_999n);
  });

  it('begins anew with a miss, once for misses in a row, and remembers the last one', () => {
    const watch = watchedAfter(pass(60), pass(120), miss(180), miss(240), pass(300), pass(360));
    expect(watch).toMatchObject({
      number: 2,
      beganAt: seconds(240),
      watched: seconds(60),
      lastMiss: { at: seconds(240), signal: 'queue_lag', reason: 'it took 95 s' },
    });
    expect(watchedAfter(miss(60), pass(120), miss(180)).number).toBe(3);
  });

  it('counts no time twice when the clock goes back, but heeds a miss', () => {
    const before = watchedAfter(pass(60), pass(120));
    expect(advanceWatch(before, pass(90), always)).toEqual(before);
    expect(advanceWatch(before, pass(120), always)).toEqual(before);
    expect(advanceWatch(before, miss(90), always)).toMatchObject({
      number: 2,
      watched: 0n,
      beganAt: seconds(120),
      sampledAt: seconds(120),
    });
    expect(advanceWatch({ ...fresh, beganAt: seconds(60) }, pass(59), always).sampledAt).toBeNull();
  });
});
