import { createRequire } from 'node:module';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSettings } from '../../src/config/settings.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { openTracing } from '../../src/telemetry/tracing/open-tracing.ts';
import { sendingOn, withSentOn } from '../../src/telemetry/tracing/sent-on.ts';
import type { Tracing } from '../../src/telemetry/tracing/tracing.ts';
import { otlpReceiver, type OtlpReceiver } from '../support/otlp-receiver.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

let receiver: OtlpReceiver;
let lines: string[];
beforeEach(async () => {
  receiver = await otlpReceiver();
  lines = [];
});
afterEach(() => receiver.close());

async function open(variables: Record<string, string> = {}): Promise<Tracing> {
  const settings = readSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...variables });
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLogger({ level: 'warn', name: 'test', destination });
  const tracing = await openTracing(settings, { service: 'catalog-sync-test', log });
  if (!tracing) throw new Error('tracing is off');
  return tracing;
}

/** How many spans the log says were lost. */
const lost = (): number =>
  lines.map((line) => (JSON.parse(line) as { lost: number }).lost).reduce((sum, count) => sum + count, 0);

const loaded = (): string[] =>
  Object.keys(createRequire(import.meta.url).cache).filter((file) => /sdk-trace|otlp/.test(file));

describe('tracing', () => {
  it.each([
    ['no endpoint is set', {}],
    ['it is disabled', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_SDK_DISABLED: 'true' }],
  ])('is off while %s, and nothing of it is loaded', async (_, variables) => {
    const log = createLogger({ level: 'silent', name: 'test' });
    expect(await openTracing(readSettings(variables), { service: 'x', log })).toBeUndefined();
    expect(loaded()).toEqual([]);
  });

  it('sends spans to the receiver, with their parents, links and facts', async () => {
    const tracing = await open({
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20very-secret,x-team=sync',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=staging',
    });
    expect(loaded()).not.toEqual([]);
    const one = tracing.begin({
      name: 'one',
      kind: 'server',
      parent: PARENT,
      startedAtMs: 1_780_000_000_000,
      facts: { 'catalog.tenant': 'canary', missing: undefined },
    });
    expect(one.traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
    const two = tracing.begin({
      name: 'two',
      links: [one.traceparent],
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
    });
    two.note({ 'temporal.attempt': 2 });
    two.failed('storefront_unreachable');
    two.end();
    one.end();
    await tracing.close();
    expect(receiver.requests).toMatchObject([
      { path: '/v1/traces', headers: { authorization: 'Bearer very-secret', 'x-team': 'sync' } },
    ]);
    const [, , oneId] = one.traceparent.split('-');
    expect(receiver.spans).toMatchObject([
      {
        ...{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), parentId: '', name: 'two', failed: true },
        ...{
          links: [{ traceId: TRACE }],
          facts: { 'temporal.attempt': 2, 'error.type': 'storefront_unreachable' },
        },
      },
      {
        ...{ traceId: TRACE, parentId: '00f067aa0ba902b7', name: 'one', kind: 2, failed: false },
        ...{
          service: 'catalog-sync-test',
          startMs: 1_780_000_000_000,
          facts: { 'catalog.tenant': 'canary' },
        },
        resource: { 'deployment.environment.name': 'staging' },
      },
    ]);
    expect(receiver.spans[0]?.links[0]?.spanId).toBe(oneId);
    expect(JSON.stringify(receiver.spans)).not.toContain('very-secret');
  });

  it('keeps what its sender keeps, and else what the sampler says', async () => {
    const tracing = await open({
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0',
    });
    const spans = [
      tracing.begin({ name: 'kept by its sender', parent: PARENT }),
      tracing.begin({ name: 'not kept by its sender', parent: PARENT.replace(/01$/, '00') }),
      tracing.begin({ name: 'not chosen' }),
      tracing.begin({ name: 'of a forged parent', parent: 'x'.repeat(5000) }),
    ];
    expect(spans.map(({ sampled }) => sampled)).toEqual([true, false, false, false]);
    expect(spans[1]?.traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    for (const span of spans) span.end();
    await tracing.close();
    expect(receiver.spans.map(({ name }) => name)).toEqual(['kept by its sender']);
  });

  it('waits for no receiver that says nothing, keeps no more than its queue holds, and counts the rest', async () => {
    receiver.silent = true;
    const tracing = await open();
    for (let no = 0; no < 20_000; no += 1) tracing.begin({ name: `span ${no}` }).end();
    await tracing.close();
    expect(receiver.spans.length).toBeLessThanOrEqual(4_096 + 512);
    expect(lost()).toBe(20_000);
    expect(lines[0]).toContain('4096 wait to be sent already');
  });

  it('breaks a receiver off that answers byte by byte, in time and at the end', async () => {
    const sockets: Socket[] = [];
    const dripping = createHttpServer((request, response) => {
      sockets.push(request.socket);
      response.writeHead(200).flushHeaders();
      const drip = setInterval(() => response.write('.'), 50);
      response.once('close', () => clearInterval(drip));
    }).listen(0, '127.0.0.1');
    await once(dripping, 'listening');
    const { port } = dripping.address() as AddressInfo;
    const tracing = await open({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
    // By whichever end, and in whatever way.
    const closing = (socket: Socket): Promise<unknown> =>
      new Promise((resolve) => socket.once('error', () => undefined).once('close', resolve));
    const sendSome = async (): Promise<Socket> => {
      const asked = once(dripping, 'request');
      for (let no = 0; no < 512; no += 1) tracing.begin({ name: `span ${no}` }).end();
      await asked;
      return sockets.at(-1) as Socket;
    };
    await closing(await sendSome());
    const closed = closing(await sendSome());
    await tracing.close();
    await closed;
    expect(sockets).toHaveLength(2);
    dripping.close();
  });

  it('says in the log that a receiver is away, once and at the end', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    free.close();
    const tracing = await open({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
    for (let no = 0; no < 2_000; no += 1) tracing.begin({ name: `span ${no}` }).end();
    await tracing.close();
    expect(lines.length).toBeLessThanOrEqual(2);
    expect(lost()).toBe(2_000);
    for (const line of lines) expect(line).toContain('the receiver of traces does not take them');
  });
});

describe('a traceparent', () => {
  it('is sent on by the calls of the work that it was given to, and by no others', async () => {
    const headers = { accept: 'text/html' };
    const sent = await sendingOn(PARENT, async () => {
      await Promise.resolve();
      return withSentOn(headers);
    });
    expect(sent).toEqual({ accept: 'text/html', traceparent: PARENT });
    expect(withSentOn(headers)).toBe(headers);
    expect(sendingOn(undefined, () => withSentOn(headers))).toBe(headers);
  });
});
