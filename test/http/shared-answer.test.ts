import { describe, expect, it } from 'vitest';
import { shareAnswer } from '../../src/http/shared-answer.ts';

/** A question whose answers a test gives one after another. */
function question() {
  let now = 0;
  const asked: { resolve: (answer: string) => void; reject: (error: Error) => void }[] = [];
  const find = () =>
    new Promise<string>((resolve, reject) => {
      asked.push({ resolve, reject });
    });
  const ask = shareAnswer(find, 1_000, () => now);
  return { ask, asked, at: (ms: number) => (now = ms) };
}

describe('a shared answer', () => {
  it('is that which is under way, however long that takes', async () => {
    const { ask, asked, at } = question();
    const first = ask();
    at(60_000);
    const second = ask();
    expect(asked).toHaveLength(1);
    asked[0]?.resolve('yes');
    expect(await Promise.all([first, second])).toEqual(['yes', 'yes']);
  });

  it('is kept for a second once it has come', async () => {
    const { ask, asked, at } = question();
    const first = ask();
    at(500);
    asked[0]?.resolve('yes');
    await first;
    at(1_499);
    expect(await ask()).toBe('yes');
    at(1_500);
    const next = ask();
    expect(asked).toHaveLength(2);
    asked[1]?.resolve('no');
    expect(await next).toBe('no');
  });

  it('is kept as long where it is a failure', async () => {
    const { ask, asked, at } = question();
    const first = ask();
    asked[0]?.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    at(999);
    await expect(ask()).rejects.toThrow('away');
    at(1_000);
    void ask();
    expect(asked).toHaveLength(2);
  });
});
