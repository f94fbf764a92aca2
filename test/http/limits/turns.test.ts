import { describe, expect, it } from 'vitest';
import { createTurns, NoTurn, type TurnLimits } from '../../../src/http/limits/turns.ts';

const LIMITS: TurnLimits = {
  perToken: 2,
  perTenant: 3,
  total: 4,
  waitingPerToken: 2,
  waiting: 3,
  waitMs: 60_000,
};

/** Whether it has come to an end by the time that everything that can happen has. */
async function settled(promise: Promise<unknown>): Promise<'turn' | 'none' | 'waits'> {
  const later = new Promise<'waits'>((resolve) => {
    setImmediate(() => resolve('waits'));
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
    const [end] = [await turns.take('a', 't'), await turns.take('a', 't')];
    const [third, fourth] = [turns.take('a', 't'), turns.take('a', 't')];
    expect([await settled(third), await settled(fourth)]).toEqual(['waits', 'waits']);
    end();
    expect([await settled(third), await settled(fourth)]).toEqual(['turn', 'waits']);
    (await third)();
    expect(await settled(fourth)).toBe('turn');
  });

  it('are refused to a token that has enough waiting, which can be seen before', async () => {
    const turns = createTurns(LIMITS);
    for (let no = 0; no < 2; no += 1) await turns.take('a', 't');
    expect(turns.isFull('a')).toBe(false);
    for (let no = 0; no < 2; no += 1) void turns.take('a', 't');
    expect([turns.isFull('a'), turns.isFull('b')]).toEqual([true, false]);
    await expect(turns.take('a', 't')).rejects.toThrow(NoTurn);
    expect(await settled(turns.take('b', 't'))).toBe('turn');
  });

  it('of one tenant leave some to the others; who waits for his tenant holds up nobody else', async () => {
    const turns = createTurns(LIMITS);
    for (const token of ['a', 'b', 'c']) await turns.take(token, 'large');
    const more = turns.take('d', 'large');
    expect(await settled(more)).toBe('waits');
    const end = await turns.take('e', 'small');
    const next = turns.take('f', 'small');
    expect(await settled(next)).toBe('waits');
    end();
    expect([await settled(next), await settled(more)]).toEqual(['turn', 'waits']);
  });

  it('are waited for by no more than so many in all', async () => {
    const turns = createTurns(LIMITS);
    for (const [token, tenant] of [
      ['a', 's'],
      ['a', 's'],
      ['b', 't'],
      ['b', 't'],
    ] as const)
      await turns.take(token, tenant);
    for (const token of ['c', 'd', 'e']) void turns.take(token, 'u').catch(() => undefined);
    await expect(turns.take('f', 'u')).rejects.toThrow(NoTurn);
  });

  it('are not waited for longer than the limit, nor by those who have gone', async () => {
    const turns = createTurns({ ...LIMITS, perToken: 1, waitMs: 5 });
    const end = await turns.take('a', 't');
    await expect(turns.take('a', 't')).rejects.toThrow(NoTurn);
    const patient = createTurns({ ...LIMITS, perToken: 1 });
    await patient.take('a', 't');
    const gone = new AbortController();
    const waits = patient.take('a', 't', gone.signal);
    gone.abort();
    await expect(waits).rejects.toThrow(NoTurn);
    // Those places are free again.
    end();
    expect(await settled(turns.take('a', 't'))).toBe('turn');
    expect(await settled(patient.take('a', 't'))).toBe('waits');
  });
});
