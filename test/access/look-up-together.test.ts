import { describe, expect, it } from 'vitest';
import { lookUpTogether } from '../../src/access/look-up-together.ts';

/** Look-ups that end when they are told to. */
function lookUps() {
  const begun: { key: string; end: (answer: string) => void; fail: (error: Error) => void }[] = [];
  const find = lookUpTogether(
    (key) => new Promise<string>((end, fail) => void begun.push({ key, end, fail })),
  );
  return { begun, find };
}

const turn = () => new Promise((resolve) => void setImmediate(resolve));

describe('look-ups of one key', () => {
  it('that come while one is under way share the next one, which begins when it has ended', async () => {
    const { begun, find } = lookUps();
    const first = find('a');
    const later = [find('a'), find('a'), find('a')];
    await turn();
    expect(begun).toHaveLength(1);
    begun[0]?.end('old');
    expect(await first).toBe('old');
    await turn();
    expect(begun).toHaveLength(2);
    const last = find('a');
    begun[1]?.end('new');
    expect(await Promise.all(later)).toEqual(['new', 'new', 'new']);
    await turn();
    expect(begun).toHaveLength(3);
    begun[2]?.end('newest');
    expect(await last).toBe('newest');
  });

  it('go on after one that fails or hangs, and keep nothing', async () => {
    const { begun, find } = lookUps();
    const failing = find('a');
    const next = find('a');
    begun[0]?.fail(new Error('gone'));
    await expect(failing).rejects.toThrow('gone');
    await turn();
    begun[1]?.end('there');
    expect(await next).toBe('there');

    void find('a');
    const beside = find('a');
    await new Promise((resolve) => void setTimeout(resolve, 150));
    expect(begun).toHaveLength(4);
    begun[3]?.end('anyway');
    expect(await beside).toBe('anyway');
  });

  it('wait for no other key', async () => {
    const { begun, find } = lookUps();
    void find('a');
    const other = find('b');
    expect(begun.map(({ key }) => key)).toEqual(['a', 'b']);
    begun[1]?.end('b');
    expect(await other).toBe('b');
  });
});
