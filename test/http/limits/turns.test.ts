import { describe, expect, it, vi } from 'vitest';
import { createTurns, NoTurn, type Asker, type TurnLimits } from '../../../src/http/limits/turns.ts';

const LIMITS: TurnLimits = {
  perPerson: 2,
  perTenant: 3,
  total: 4,
  waitingPerPerson: 2,
  waitingPerTenant: 3,
  waiting: 3,
  waitMs: 60_000,
  longestRestMs: 0,
};

const of = (person: string, tenant: string): Asker => ({ person, tenant });

const realImmediate = setImmediate;

/** Whether it has come to an end by the time that everything that can happen has. */
async function settled(promise: Promise<unknown>): Promise<'turn' | 'none' | 'waits'> {
  const later = new Promise<'waits'>((resolve) => {
    realImmediate(() => resolve('waits'));
  });
  return Promise.race([
    promise.then(
      () => 'turn' as const,
      () => 'none' as const,
    ),
    later,
  ]);
}

describe('turns', () => {
  it('are had at once up to the limit of a token, then in the order of asking', async () => {
    const turns = createTurns(LIMITS);
    const [end] = [await turns.take(of('a', 't')), await turns.take(of('a', 't'))];
    const [third, fourth] = [turns.take(of('a', 't')), turns.take(of('a', 't'))];
    expect([await settled(third), await settled(fourth)]).toEqual(['waits', 'waits']);
    end();
    expect([await settled(third), await settled(fourth)]).toEqual(['turn', 'waits']);
    (await third)();
    expect(await settled(fourth)).toBe('turn');
  });

  it('are refused to a token that has enough waiting, which can be seen before', async () => {
    const turns = createTurns(LIMITS);
    for (let no = 0; no < 2; no += 1) await turns.take(of('a', 't'));
    expect(turns.isFull('a')).toBe(false);
    for (let no = 0; no < 2; no += 1) void turns.take(of('a', 't')).catch(() => undefined);
    expect([turns.isFull('a'), turns.isFull('b')]).toEqual([true, false]);
    await expect(turns.take(of('a', 't'))).rejects.toThrow(NoTurn);
    expect(await settled(turns.take(of('b', 't')))).toBe('turn');
  });

  it('of one tenant leave some to the others; who waits for his tenant holds up nobody else', async () => {
    const turns = createTurns(LIMITS);
    for (const token of ['a', 'b', 'c']) await turns.take(of(token, 'large'));
    const more = turns.take(of('d', 'large'));
    expect(await settled(more)).toBe('waits');
    const end = await turns.take(of('e', 'small'));
    const next = turns.take(of('f', 'small'));
    expect(await settled(next)).toBe('waits');
    end();
    expect([await settled(next), await settled(more)]).toEqual(['turn', 'waits']);
  });

  it('are waited for by so many of a tenant that others may wait as well', async () => {
    const turns = createTurns({ ...LIMITS, waiting: 4 });
    for (const person of ['a', 'b', 'c']) await turns.take(of(person, 'large'));
    for (const person of ['d', 'e', 'f']) void turns.take(of(person, 'large')).catch(() => undefined);
    await expect(turns.take(of('g', 'large'))).rejects.toThrow(NoTurn);
    const end = await turns.take(of('h', 'small'));
    const next = turns.take(of('i', 'small'));
    expect(await settled(next)).toBe('waits');
    end();
    expect(await settled(next)).toBe('turn');
  });

  it('are waited for by no more than so many in all', async () => {
    const turns = createTurns(LIMITS);
    for (const [token, tenant] of [
      ['a', 's'],
      ['a', 's'],
      ['b', 't'],
      ['b', 't'],
    ] as const)
      await turns.take(of(token, tenant));
    for (const token of ['c', 'd', 'e']) void turns.take(of(token, `of ${token}`)).catch(() => undefined);
    await expect(turns.take(of('f', 'of f'))).rejects.toThrow(NoTurn);
  });

  it('are not waited for longer than the limit, nor by those who have gone', async () => {
    const turns = createTurns({ ...LIMITS, perPerson: 1, waitMs: 5 });
    const end = await turns.take(of('a', 't'));
    await expect(turns.take(of('a', 't'))).rejects.toThrow(NoTurn);
    const patient = createTurns({ ...LIMITS, perPerson: 1 });
    await patient.take(of('a', 't'));
    const gone = new AbortController();
    const waits = patient.take(of('a', 't'), gone.signal);
    gone.abort();
    await expect(waits).rejects.toThrow(NoTurn);
    // Those places are free again.
    end();
    expect(await settled(turns.take(of('a', 't')))).toBe('turn');
    expect(await settled(patient.take(of('a', 't')))).toBe('waits');
  });

  it('are followed by a rest as long as they were, at most so long, while others wait', async () => {
    vi.useFakeTimers();
    try {
      const turns = createTurns({ ...LIMITS, longestRestMs: 100 });
      const [end, other] = [await turns.take(of('a', 't')), await turns.take(of('a', 't'))];
      const next = turns.take(of('a', 't'));
      vi.advanceTimersByTime(40);
      end();
      vi.advanceTimersByTime(39);
      expect(await settled(next)).toBe('waits');
      vi.advanceTimersByTime(1);
      expect(await settled(next)).toBe('turn');

      const last = turns.take(of('a', 't'));
      vi.advanceTimersByTime(5_000);
      other();
      vi.advanceTimersByTime(99);
      expect(await settled(last)).toBe('waits');
      vi.advanceTimersByTime(1);
      const endLast = await last;
      endLast();
      expect(await settled(turns.take(of('a', 't')))).toBe('turn');
    } finally {
      vi.useRealTimers();
    }
  });
});
