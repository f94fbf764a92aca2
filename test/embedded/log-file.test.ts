import { expect, it } from 'vitest';
import { lastLines } from '../../src/embedded/log-file.ts';

it('the end of a log is its last lines', () => {
  expect(lastLines('one\ntwo\nthree\n', 2)).toBe('two\nthree');
});

it('of a program that panicked it is what it panicked with, not the trace below', () => {
  const trace = Array.from({ length: 40 }, (_, index) => `main.f${index}(0x0)`);
  const log = ['listening', 'panic: listen tcp 127.0.0.1:4000: bind: address already in use', '', ...trace];
  expect(lastLines(log.join('\n'), 3)).toBe(
    'panic: listen tcp 127.0.0.1:4000: bind: address already in use\n\nmain.f0(0x0)',
  );
});
