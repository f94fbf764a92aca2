import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { pino } from 'pino';
import { ringOf } from '../../src/access/secrets/key-ring.ts';
import { addSupplierSecret } from '../../src/access/supplier-secrets.ts';
import { createServer as createApi } from '../../src/http/create-server.ts';
import type { SyncInput } from '../../src/domain/sync-event.ts';
import { parseSecret } from '../../src/standard-webhooks/secret.ts';
import { signMessage } from '../../src/standard-webhooks/sign-message.ts';
import type { Tracing } from '../../src/telemetry/tracing/tracing.ts';
import { traceEvent } from '../../src/trace/find-trace.ts';
import { openTenant } from '../support/flags.ts';
import { otlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.ts';
import { testProduct, type Product } from '../support/product.ts';
import { replay } from '../support/replay.ts';
import { shopAt } from '../support/shop-at.ts';
import { log } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const KEYS = ringOf(Buffer.alloc(32, 9));
const ROUTE = '/v1/tenants/:tenant/suppliers/:supplier/events';
const SENDER = { trace: '4bf92f3577b34da6a3ce929d0e0e4736', span: '00f067aa0ba902b7' };

let product: Product;
let receiver: OtlpReceiver;
let tracing: Tracing | undefined;
let api: FastifyInstance | undefined;
let shop: Server;
/** What the storefront was sent, and how often it says no before it takes anything. */
let calls: { headers: IncomingHttpHeaders; items: number }[] = [];
let failures = 0;
let no = 0;
let tenant: string;
let secret: Buffer;

beforeAll(async () => {
  product = await testProduct();
  receiver = await otlpReceiver();
  shop = createServer((request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(404).end();
      return;
    }
    void json(request).then((body) => {
      const { items } = body as { items?: { itemId: string }[] };
      calls.push({ headers: request.headers, items: items?.length ?? 1 });
      failures -= 1;
      const results = items?.map(({ itemId }) => ({ itemId, accepted: true }));
      response.writeHead(failures >= 0 ? 503 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(results ? { results } : { accepted: true }));
    });
  });
  shop.listen(0, '127.0.0.1');
  await once(shop, 'listening');
});
beforeEach(async () => {
  no += 1;
  tenant = `tenant-${no}`;
  calls = [];
  failures = 0;
  await openTenant(product.database, tenant, ['acme']);
  await shopAt(product.sql, `http://127.0.0.1:${(shop.address() as AddressInfo).port}`, tenant);
  secret = parseSecret(await addSupplierSecret(product.database, KEYS, tenant, 'acme'));
});
afterAll(async () => {
  await api?.close();
  await product?.close();
  await tracing?.close();
  receiver?.close();
  shop?.close();
});

/** Server and worker as they are with these settings. */
async function runWith(settings: { tracing?: Tracing }): Promise<void> {
  await api?.close();
  await product.stopWorkers();
  const databases = product.pools();
  api = createApi({ databases, secretsKeys: KEYS, log: pino({ level: 'silent' }), ...settings });
  await product.startWorker(settings);
}

async function send(events: object | object[], headers: Record<string, string> = {}): Promise<void> {
  const body = JSON.stringify(events);
  const timestampSeconds = Math.floor(Date.now() / 1000);
  const answer = await api?.inject({
    method: 'POST',
    url: ROUTE.replace(':tenant', tenant).replace(':supplier', 'acme'),
    headers: {
      ...{ 'content-type': 'application/json', ...headers },
      ...signMessage({ id: `m-${tenant}`, timestampSeconds, body: Buffer.from(body), secret }),
    },
    payload: body,
  });
  expect(answer?.statusCode).toBe(202);
}

const event = (id: string) => ({ id, sku: `SKU-${id}`, quantity: 5, updatedAt: new Date().toISOString() });

const settled = (id: string) =>
  until(async () => {
    const row = await product.database.supplierEvent.findFirstOrThrow({
      where: { tenantId: tenant, eventId: id },
    });
    return row.startDueUs === null && row.decision === 'won' && row;
  });

const historyOf = async (id: string) => {
  const { workflowId } = await settled(id);
  const handle = product.client.workflow.getHandle(workflowId);
  await handle.result();
  return (await handle.fetchHistory()).events ?? [];
};

/** The spans of an event's trace, once its workflow's has come. */
const spansOf = (id: string) =>
  until(async () => {
    const own = receiver.spans.filter(
      ({ facts }) => facts['catalog.event_id'] === id && facts['catalog.tenant'] === tenant,
    );
    const [first] = own;
    if (!own.some(({ name }) => name === 'syncSupplierEvent')) return undefined;
    expect(new Set(own.map(({ traceId }) => traceId)).size).toBe(1);
    return receiver.spans.filter(({ traceId }) => traceId === first?.traceId);
  });

/** Each span with those that are part of it below it, in the order of their beginning. */
function treeOf(spans: readonly ReceivedSpan[], parentId: string, depth = 0): string[] {
  return spans
    .filter((span) => span.parentId === parentId)
    .toSorted((one, other) => one.startMs - other.startMs)
    .flatMap((span) => [
      `${'  '.repeat(depth)}${span.name}${span.failed ? ` (${span.facts['error.type']})` : ''}`,
      ...treeOf(spans, span.spanId, depth + 1),
    ]);
}

const sampled = ({ traceId, spanId }: { traceId: string; spanId: string }) => `00-${traceId}-${spanId}-01`;

it('without a receiver nothing of tracing is loaded, kept or sent', async () => {
  await runWith({});
  await send(event('quiet'), { traceparent: sampled({ traceId: SENDER.trace, spanId: SENDER.span }) });
  const history = await historyOf('quiet');
  expect(history).toHaveLength(8);
  expect((await settled('quiet')).traceparent).toBeNull();
  const started = history[0]?.workflowExecutionStartedEventAttributes;
  const input = JSON.parse(String(Buffer.from(started?.input?.payloads?.[0]?.data ?? []))) as SyncInput;
  expect(input).toMatchObject({ eventId: 'quiet' });
  expect(input).not.toHaveProperty('traceparent');
  expect(Object.keys(started?.header?.fields ?? {})).toEqual([]);
  expect(calls).toHaveLength(1);
  expect(calls[0]?.headers).not.toHaveProperty('traceparent');
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  expect(loaded.some((file) => file.includes('@opentelemetry/sdk-metrics'))).toBe(true);
  expect(loaded.filter((file) => /@opentelemetry\/(sdk-trace|exporter-trace|otlp)/.test(file))).toEqual([]);
});

it('an event is one tree of spans, from its sender to the storefront', async () => {
  const { createOtlpTracing } = await import('../../src/telemetry/tracing/otlp-tracing.ts');
  tracing = createOtlpTracing({
    ...{ endpoint: receiver.url, headers: {}, resource: {}, service: 'test', log, sendEveryMs: 50 },
    sampler: 'parentbased_always_on',
    samplerArgument: 1,
  });
  await runWith({ tracing });
  await send(event('first'), { traceparent: sampled({ traceId: SENDER.trace, spanId: SENDER.span }) });
  expect(await historyOf('first')).toHaveLength(8);
  const spans = await spansOf('first');
  expect(treeOf(spans, SENDER.span)).toEqual([
    `POST ${ROUTE}`,
    '  start syncSupplierEvent',
    '    syncSupplierEvent',
    '      normalizeSupplierEvent',
    '      saveCatalogItem',
    '      publishCatalogItem',
    '        tell the storefront',
  ]);
  expect(spans).toHaveLength(7);
  const call = spans.find(({ name }) => name === 'tell the storefront');
  expect(calls.map(({ headers }) => headers.traceparent)).toEqual([call && sampled(call)]);
  const publish = spans.find(({ name }) => name === 'publishCatalogItem');
  expect(publish?.facts['catalog.published_lag_seconds']).toEqual(expect.any(Number));
  // Nothing of what the event says.
  expect(JSON.stringify(spans)).not.toContain('SKU-first');

  const { traceparent } = await settled('first');
  expect(traceparent).toBe(sampled(spans.find(({ kind }) => kind === 2) as ReceivedSpan));
  const surroundings = {
    temporalUiUrl: 'http://ui.test',
    namespace: 'n',
    traceUiUrl: 'http://spans.test/trace/{traceId}',
  };
  const asked = { tenant, supplier: 'acme', eventId: 'first', limit: 5 };
  const found = await traceEvent(product.database, asked, surroundings);
  expect(found?.trace.events[0]?.spansUrl).toBe(`http://spans.test/trace/${SENDER.trace}`);
});

it('an event whose publish has to wait is one tree too, with each try', async () => {
  failures = 2;
  await send(event('waits'));
  await settled('waits');
  const spans = await spansOf('waits');
  const [root] = treeOf(spans, '');
  expect(root).toBe(`POST ${ROUTE}`);
  const tree = treeOf(spans, '').map((line) => line.trim());
  expect(tree).toHaveLength(spans.length);
  expect(tree.filter((line) => line.startsWith('tell the storefront'))).toEqual([
    'tell the storefront (storefront_unreachable)',
    'tell the storefront (storefront_unreachable)',
    'tell the storefront',
  ]);
  expect(tree.at(-2)).toBe('publishCatalogItem');
  const publishes = spans.filter(({ name }) => name === 'publishCatalogItem');
  expect(new Set(publishes.map(({ facts }) => facts['temporal.local_activity']))).toEqual(
    new Set([true, false]),
  );
  expect(calls.map(({ headers }) => headers.traceparent)).toEqual(
    spans
      .filter(({ name }) => name === 'tell the storefront')
      .toSorted((one, other) => one.startMs - other.startMs)
      .map(sampled),
  );
});

it('events of one delivery have a tree each, linked to the request; told in one call, they are linked to that', async () => {
  await product.sql('UPDATE storefront SET limits = $2 WHERE tenant_id = $1', [
    tenant,
    JSON.stringify({ callsPerSecond: 2, itemsPerCall: 7, callsAtOnce: 1 }),
  ]);
  const ids = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => `${id}-of-${tenant}`);
  await send(ids.map(event));
  const trees = await Promise.all(ids.map(spansOf));
  expect(new Set(trees.map(([span]) => span?.traceId)).size).toBe(ids.length);
  const request = receiver.spans.find(
    ({ name, facts }) => name === `POST ${ROUTE}` && facts['catalog.tenant'] === tenant,
  );
  for (const spans of trees) {
    const root = spans.find(({ parentId }) => parentId === '');
    expect(root).toMatchObject({ name: 'receive event', facts: { 'catalog.receipt': 'accepted' } });
    expect(root?.links).toEqual([{ traceId: request?.traceId, spanId: request?.spanId }]);
  }
  const several = await until(async () =>
    receiver.spans.find(({ facts, links }) => facts['catalog.tenant'] === tenant && links.length > 1),
  );
  expect(calls.find(({ items }) => items > 1)?.headers.traceparent).toMatch(
    new RegExp(`^00-[0-9a-f]{32}-[0-9a-f]{16}-01$`),
  );
  expect(several).toMatchObject({ name: 'tell the storefront', parentId: '' });
  const parts = receiver.spans.filter(({ links }) => links.some(({ spanId }) => spanId === several.spanId));
  expect(parts.map(({ name }) => name)).toEqual(several.links.map(() => 'tell the storefront, with others'));
  expect(new Set(parts.map(({ traceId }) => traceId))).toEqual(
    new Set(several.links.map(({ traceId }) => traceId)),
  );
});

it('what came while tracing was off begins its trace at its start, and a replay is linked to what it replays', async () => {
  await send(event('known'));
  await settled('known');
  const [first] = await spansOf('known');
  await replay(product.database, { tenant });
  const again = await until(async () =>
    receiver.spans.find(
      ({ facts, name }) => facts['catalog.replay_id'] !== undefined && name.startsWith('start'),
    ),
  );
  expect(again.links).toMatchObject([{ traceId: first?.traceId }]);
  expect(again.traceId).not.toBe(first?.traceId);
  await product.sql(`SELECT record_supplier_events($1, 'acme', $2)`, [
    tenant,
    JSON.stringify([
      {
        eventId: 'by-file',
        sku: 'F',
        quantity: 1,
        updatedAtUs: String(Date.now() * 1000),
        workflowId: `sync:${tenant}:acme:by-file`,
      },
    ]),
  ]);
  const [root] = treeOf(await spansOf('by-file'), '');
  expect(root).toBe('start syncSupplierEvent');
});

it('a receiver that says nothing keeps no event waiting', async () => {
  receiver.silent = true;
  await send(event('all-the-same'));
  await settled('all-the-same');
  expect(calls).toHaveLength(1);
});
