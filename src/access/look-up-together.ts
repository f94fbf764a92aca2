import { setTimeout as sleep } from 'node:timers/promises';

/** A look-up that hangs keeps the next one waiting for so long, in ms. */
const LONGEST_WAIT = 100;

/**
 * Whoever asks for the same key while a look-up is under way shares the one that begins after it. So however many ask,
 * one at a time is made, and nobody is given what was true before he asked.
 */
export function lookUpTogether<Answer>(
  find: (key: string) => Promise<Answer>,
): (key: string) => Promise<Answer> {
  const underWay = new Map<string, { answer: Promise<Answer>; next?: Promise<Answer> }>();

  const begin = (key: string): Promise<Answer> => {
    const mine = { answer: find(key) };
    underWay.set(key, mine);
    const forget = (): void => {
      if (underWay.get(key) === mine) underWay.delete(key);
    };
    mine.answer.then(forget, forget);
    return mine.answer;
  };
  return (key) => {
    const before = underWay.get(key);
    if (!before) return begin(key);
    before.next ??= settled(before.answer).then(() => begin(key));
    return before.next;
  };
}

async function settled(answer: Promise<unknown>): Promise<void> {
  const enough = new AbortController();
  const wait = sleep(LONGEST_WAIT, undefined, { signal: enough.signal }).catch(() => undefined);
  await Promise.race([answer.catch(() => undefined), wait]);
  enough.abort();
}
