import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { timeoutOr } from '../../src/process/timeout-or.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('a timeout beside a signal', () => {
  it('fires although garbage is collected meanwhile', async () => {
    const { signal } = new AbortController();
    const either = timeoutOr(300, signal);
    let fired = 0;
    either.addEventListener('abort', () => (fired += 1));
    for (let no = 0; no < 10; no += 1) {
      collectGarbage();
      await sleep(100);
    }
    expect(fired).toBe(1);
    expect(either.reason).toMatchObject({ name: 'TimeoutError' });
  });

  it('fires with the signal, by its reason', () => {
    const controller = new AbortController();
    const either = timeoutOr(60_000, controller.signal);
    controller.abort(new Error('asked to'));
    expect(either.reason).toMatchObject({ message: 'asked to' });
  });
});
