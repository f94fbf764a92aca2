import { describe, expect, it } from 'vitest';
import { replaceWhenStuck } from '../../src/start/replace-stuck.ts';

/** A part with a readiness that is told, and a count of its stops; it dies of the first. */
function part(isReady: () => boolean) {
  let stops = 0;
  return {
    stops: () => stops,
    watched: {
      name: 'the part',
      isReady: () => Promise.resolve(isReady()),
      isAlive: () => stops === 0,
      stop: () => {
        stops += 1;
        return Promise.resolve();
      },
    },
  };
}

const soon = { everyMs: 5, patienceMs: 40 };

describe('a part that lives and does not do its work', () => {
  it('is stopped, and people are told', async () => {
    const said: string[] = [];
    const { watched, stops } = part(() => false);
    await replaceWhenStuck(watched, {
      ...soon,
      couldWork: () => Promise.resolve(true),
      say: (line) => said.push(line),
      signal: new AbortController().signal,
    });
    expect(stops()).toBe(1);
    expect(said).toEqual([expect.stringContaining('the part lives, but has not been ready')]);
  });

  it('is left alone while what it needs is not there', async () => {
    const end = new AbortController();
    let asked = 0;
    const { watched, stops } = part(() => false);
    await replaceWhenStuck(watched, {
      ...soon,
      couldWork: () => {
        asked += 1;
        if (asked === 3) end.abort();
        return Promise.resolve(false);
      },
      say: () => undefined,
      signal: end.signal,
    });
    expect(stops()).toBe(0);
  });

  it('is left alone when it becomes ready again in time', async () => {
    const end = new AbortController();
    let looks = 0;
    const { watched, stops } = part(() => {
      looks += 1;
      if (looks === 60) end.abort();
      return looks % 3 === 0;
    });
    await replaceWhenStuck(watched, {
      ...soon,
      couldWork: () => Promise.resolve(true),
      say: () => undefined,
      signal: end.signal,
      patienceMs: 10_000,
    });
    expect(stops()).toBe(0);
  });
});
