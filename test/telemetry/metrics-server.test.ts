import { createServer } from 'node:http';
import { createServer as createGrpcServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import getPort from 'get-port';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { afterEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../src/telemetry/logger.ts';
import { serveMetrics } from '../../src/telemetry/metrics-server.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { temporalMetricsOptions } from '../../src/telemetry/temporal-metrics.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const log = createLogger({ level: 'silent', name: 'test' });

async function serve(temporalMetricsAddress?: string, token?: string) {
  const metrics = createMetrics();
  const server = await serveMetrics({
    ...{ host: '127.0.0.1', port: 0, metrics, temporalMetricsAddress, token, log },
  });
  cleanups.push(
    () => metrics.close(),
    () => server.close(),
  );
  const get = async (path = '/metrics', method = 'GET', headers: Record<string, string> = {}) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { method, headers });
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
  };
  return { metrics, get };
}

/** Stands where the endpoint of Temporal's SDK would be. */
async function standIn(status: number, text: string): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end(text));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A gRPC server that gives an empty answer to every call: enough to have the SDK call, and count. */
async function emptyTemporal(): Promise<string> {
  const server = createGrpcServer();
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.alloc(5));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  cleanups.push(async () => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function introduced(text: string): string[] {
  return [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? '');
}

describe('serveMetrics', () => {
  it('answers with every metric under its exact name, labels and type', async () => {
    const { metrics, get } = await serve();
    const of = { tenant: 'canary', supplier: 'acme' };
    metrics.eventsReceived({ ...of, status: 'accepted', count: 2 });
    metrics.eventDecided({ ...of, outcome: 'won', decidedLagSeconds: 0.02 });
    metrics.publishAttempt({ ...of, result: 'accepted', latencySeconds: 0.1 });
    metrics.eventPublished({ ...of, publishedLagSeconds: 0.2 });
    metrics.observeBacklog(async () => [{ tenant: 'canary', backlog: 3, oldestPendingSeconds: 1.5 }]);
    const { status, type, text } = await get();
    expect(status).toBe(200);
    expect(type).toContain('text/plain; version=0.0.4');
    const types = text.split('\n').filter((line) => line.startsWith('# TYPE'));
    expect(types.toSorted()).toEqual([
      '# TYPE catalog_sync_decided_lag_seconds histogram',
      '# TYPE catalog_sync_events_received_total counter',
      '# TYPE catalog_sync_events_total counter',
      '# TYPE catalog_sync_oldest_pending_event_seconds gauge',
      '# TYPE catalog_sync_publish_attempts_total counter',
      '# TYPE catalog_sync_publish_latency_seconds histogram',
      '# TYPE catalog_sync_published_lag_seconds histogram',
      '# TYPE catalog_sync_starter_backlog gauge',
    ]);
    const labels = new Set([...text.matchAll(/(\w+)="/g)].map(([, name]) => String(name)));
    expect([...labels].toSorted()).toEqual(
      ['failure_mode', 'le', 'outcome', 'result', 'status', 'storefront', 'supplier', 'tenant'].toSorted(),
    );
  });

  it('answers before anything was recorded', async () => {
    const { get } = await serve();
    expect(await get()).toMatchObject({ status: 200, text: '# no registered metrics\n' });
  });

  it('answers the rest when the backlog cannot be read, and says so without the reason', async () => {
    const { metrics, get } = await serve();
    metrics.observeBacklog(() => Promise.reject(new Error('connect postgres://app:hidden@db')));
    metrics.eventsReceived({ tenant: 'canary', supplier: 'acme', status: 'accepted', count: 1 });
    const { status, text } = await get();
    expect(status).toBe(200);
    expect(text).toContain('catalog_sync_events_received_total{');
    expect(text).toContain('# left out: a metric that could not be read');
    expect(text).not.toContain('hidden');
  });

  it("puts the metrics of Temporal's SDK after ours, named as Prometheus expects", async () => {
    const bindAddress = `127.0.0.1:${await getPort()}`;
    const runtime = Runtime.install({ telemetryOptions: { metrics: temporalMetricsOptions(bindAddress) } });
    cleanups.push(() => runtime.shutdown());
    const connection = await NativeConnection.connect({ address: await emptyTemporal() });
    cleanups.push(() => connection.close());
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    const { metrics, get } = await serve(bindAddress);
    metrics.eventsReceived({ tenant: 'canary', supplier: 'acme', status: 'accepted', count: 1 });
    const { text } = await get();
    const names = introduced(text);
    expect(names[0]).toBe('catalog_sync_events_received_total');
    expect(names).toContain('temporal_request_total');
    expect(names).toContain('temporal_request_latency_seconds');
    expect(new Set(names).size).toBe(names.length);
  });

  it('keeps ours when both have a metric of one name', async () => {
    const address = await standIn(
      200,
      [
        '# HELP catalog_sync_events_received_total theirs',
        '# TYPE catalog_sync_events_received_total counter',
        'catalog_sync_events_received_total 77',
        '# TYPE temporal_workers gauge',
        'temporal_workers 2',
        '',
      ].join('\n'),
    );
    const { metrics, get } = await serve(address);
    metrics.eventsReceived({ tenant: 'canary', supplier: 'acme', status: 'accepted', count: 1 });
    const { text } = await get();
    expect(introduced(text)).toEqual(['catalog_sync_events_received_total', 'temporal_workers']);
    expect(text).not.toContain('77');
    expect(text).toContain('\ntemporal_workers 2\n');
  });

  it.each([
    ['answers an error', async () => standIn(500, 'temporal_broken 1')],
    ['is away', async () => `127.0.0.1:${await getPort()}`],
  ])("answers ours when the SDK's endpoint %s", async (_what, address) => {
    const { metrics, get } = await serve(await address());
    metrics.eventsReceived({ tenant: 'canary', supplier: 'acme', status: 'accepted', count: 1 });
    const { status, text } = await get();
    expect(status).toBe(200);
    expect(text).toContain('catalog_sync_events_received_total{');
    expect(text).toContain('\n# left out: the metrics of the Temporal SDK\n');
    expect(text).not.toContain('temporal_broken');
  });

  it('knows no other address and no other method', async () => {
    const { get } = await serve();
    expect(await get('/')).toMatchObject({ status: 404 });
    expect(await get('/metrics/x')).toMatchObject({ status: 404 });
    expect(await get('/metrics', 'POST')).toMatchObject({ status: 404 });
    expect(await get('/metrics?x=1')).toMatchObject({ status: 200 });
  });

  it('fails to start on a port that is taken', async () => {
    const address = await standIn(200, '');
    const port = Number(address.split(':')[1]);
    const metrics = createMetrics();
    cleanups.push(() => metrics.close());
    await expect(serveMetrics({ host: '127.0.0.1', port, metrics, log })).rejects.toThrow('EADDRINUSE');
  });

  it('gives the metrics to whoever has the token alone, where there is one', async () => {
    const { get } = await serve(undefined, 'a-token-of-the-tests');
    for (const authorization of [
      '',
      'Bearer',
      'Bearer wrong',
      'Bearer a-token-of-the-test',
      'Basic a-token-of-the-tests',
    ]) {
      const answer = await get('/metrics', 'GET', authorization === '' ? {} : { authorization });
      expect([authorization, answer.status]).toEqual([authorization, 401]);
      expect(answer.text).not.toMatch(/catalog_sync|a-token/);
    }
    const answer = await get('/metrics', 'GET', { authorization: 'Bearer a-token-of-the-tests' });
    expect(answer.status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
  });
});
