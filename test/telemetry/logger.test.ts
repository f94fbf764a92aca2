import { closeSync, existsSync, openSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLogger, logDestination, temporalLogger } from '../../src/telemetry/logger.ts';
import type { Level } from '../../src/telemetry/logger.ts';

function capture(level: Level = 'trace') {
  const lines: string[] = [];
  const log = createLogger({ level, name: 'worker', destination: { write: (line) => lines.push(line) } });
  const records = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, lines, records };
}

describe('createLogger', () => {
  it('writes one JSON object a line with the name, a level in words and an RFC 3339 time', () => {
    const { log, lines, records } = capture();
    log.info({ port: 8080 }, 'listening');
    expect(lines[0]?.endsWith('\n')).toBe(true);
    expect(records()).toEqual([
      {
        level: 'info',
        name: 'worker',
        pid: process.pid,
        port: 8080,
        msg: 'listening',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      },
    ]);
  });

  it('writes nothing raw that drives a terminal, breaks a line or turns text around', () => {
    const { log, lines, records } = capture();
    const text = 'a\u2028b\u2029c\u202ed\u2066e\u200ff\u009bg\u{e0001}h';
    log.info({ sku: text }, text);
    expect(lines.join('')).toMatch(/^[\x20-\x7e]*\n$/);
    expect(records()[0]).toMatchObject({ sku: text, msg: text });
  });

  it('leaves out what is below its level', () => {
    const { log, lines } = capture('warn');
    log.info('routine');
    log.warn('odd');
    expect(lines).toHaveLength(1);
  });

  it.runIf(existsSync('/dev/full'))('breaks nothing when it cannot be written', () => {
    const full = openSync('/dev/full', 'w');
    onTestFinished(() => closeSync(full));
    const log = createLogger({ level: 'info', name: 'test', destination: logDestination(full) });
    expect(() => {
      for (let line = 0; line < 1_000; line += 1) log.info({ line }, 'x'.repeat(2_000));
    }).not.toThrow();
  });

  it('keeps secrets out of fields, bindings, headers and errors', () => {
    const { log, lines, records } = capture();
    log.child({ apiToken: 's3cret-1' }).info(
      {
        req: { headers: { Authorization: 'Bearer s3cret-2-and-more', 'webhook-signature': 'v1,s3cret-3' } },
        tenant: { storefront: { signingSecret: ['s3cret-4]', 's3cret-5'] } },
        err: Object.assign(new Error('connect postgres://app:s3cret-6@db:5432/catalog'), {
          password: 's3cret-7',
        }),
      },
      'signed with whsec_s3cret8AAAA by Bearer s3cret-9-and-more',
    );
    expect(lines.join('')).not.toContain('s3cret');
    expect(records()[0]).toMatchObject({ req: { headers: { Authorization: '[Redacted]' } } });
  });
});

describe('temporalLogger', () => {
  it("carries Temporal's levels, metadata and errors into the same log", () => {
    const { log, records } = capture();
    const temporal = temporalLogger(log);
    temporal.warn('Activity failed', { workflowId: 'sync:canary:acme:e-1', error: new Error('no route') });
    temporal.log('TRACE', 'polled', { [Symbol.for('timestamp')]: 1n, attempt: 2n });
    temporal.info('started');
    expect(records()).toMatchObject([
      {
        level: 'warn',
        workflowId: 'sync:canary:acme:e-1',
        error: { message: 'no route', stack: expect.any(String) },
        msg: 'Activity failed',
      },
      { level: 'trace', msg: 'polled', attempt: 2 },
      { level: 'info', msg: 'started' },
    ]);
  });
});
