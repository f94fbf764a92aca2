import { expect, it } from 'vitest';
import { startedOnPort } from '../../src/embedded/started-on-port.ts';

it.each([
  'listen tcp 127.0.0.1:7233: bind: address already in use',
  'panic: runtime error: invalid memory address or nil pointer dereference\n\ngoroutine 1 [running]:\n' +
    'go.temporal.io/server/service/frontend.NewHTTPAPIServer(0xf27f53b8d88',
])('a program that lost its port is started again: %s', async (said) => {
  const starts: number[] = [];
  const started = await startedOnPort(async () => {
    if (starts.push(starts.length) === 1) throw new Error(`it did not start: ${said}`);
    return 'started';
  });
  expect([started, starts.length]).toEqual(['started', 2]);
});

it('a program that fails otherwise is not', async () => {
  let starts = 0;
  const start = async (): Promise<never> => {
    starts += 1;
    throw new Error('it did not start: nil pointer dereference');
  };
  await expect(startedOnPort(start)).rejects.toThrow('nil pointer');
  expect(starts).toBe(1);
});
