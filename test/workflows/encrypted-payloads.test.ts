import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { Client, type WorkflowFailedError } from '@temporalio/client';
import proto from '@temporalio/proto';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { addToken } from '../../src/access/issue-tokens.ts';
import { ringOf, type KeyRing } from '../../src/access/secrets/key-ring.ts';
import { createPayloadCodec } from '../../src/access/secrets/payload-codec.ts';
import { cacheDir } from '../../src/embedded/cache-dir.ts';
import { findTemporalCli } from '../../src/embedded/temporal-cli.ts';
import { seconds } from '../../src/domain/time.ts';
import { giveCommand } from '../../src/gate/give-command.ts';
import { rollBack } from '../../src/gate/roll-back.ts';
import { createServer } from '../../src/http/create-server.ts';
import { closedTenant, confirmAll } from '../gate/launch.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { until } from '../support/until.ts';

const TENANT = 'hidden-shop';
const SKU = 'SECRET-CHAIR-01';
const REASON = 'no such product here';
const [old, fresh] = [randomBytes(32), randomBytes(32)];

let product: Product;
let no = 0;

beforeAll(async () => {
  product = await testProduct();
  await openTenant(product.database, TENANT, ['acme']);
});
afterAll(() => product?.close());
afterEach(async () => {
  await product.stopWorkers();
  Object.assign(product.storefront.control, { failStatus: null, rejectReason: null });
});

const encrypting = (ring: KeyRing = ringOf(old)) => ({
  codec: createPayloadCodec(ring, { encrypts: true }),
  encrypts: true,
});
const reading = (ring: KeyRing = ringOf(old)) => ({
  codec: createPayloadCodec(ring, { encrypts: false }),
  encrypts: false,
});

/** A client of ours; `product.client` is whoever reaches Temporal without a key. */
const ours = (): Client =>
  new Client({
    connection: product.client.connection,
    namespace: product.client.options.namespace,
    dataConverter: { payloadCodecs: [encrypting().codec] },
  });

async function send(): Promise<string> {
  const eventId = `e-${(no += 1)}`;
  await record(product.database, TENANT, 'acme', [
    { eventId, sku: SKU, quantity: 70_000 + no, updatedAt: seconds(1_780_000_000 + no) },
  ]);
  return `sync:${TENANT}:acme:${eventId}`;
}

const ended = (workflowId: string) =>
  until(async () => {
    const row = await product.database.supplierEvent.findFirstOrThrow({ where: { workflowId } });
    return row.startDueUs === null && row.startCount > 0 && row;
  });

const waits = (workflowId: string) =>
  until(async () => {
    const { raw } = await product.client.workflow.getHandle(workflowId).describe();
    return (raw.pendingActivities ?? []).some(({ lastFailure }) => lastFailure);
  });

/** What Temporal keeps, but for the names in ids and search attributes, which it has to read. */
async function keptOf(workflowId: string): Promise<Buffer> {
  const history = await product.client.workflow.getHandle(workflowId).fetchHistory();
  for (const event of history.events ?? []) {
    const started = event.workflowExecutionStartedEventAttributes;
    if (started) Object.assign(started, { searchAttributes: null, workflowId: null });
    const upserted = event.upsertWorkflowSearchAttributesEventAttributes;
    if (upserted) upserted.searchAttributes = null;
  }
  return Buffer.from(proto.temporal.api.history.v1.History.encode(history).finish());
}

describe('with payload encryption', () => {
  it('Temporal holds no SKU, quantity or tenant in plain words, and we read the result', async () => {
    await product.startWorker({ payloads: encrypting() });
    const workflowId = await send();
    expect(await ended(workflowId)).toMatchObject({ decision: 'won', itemId: `${TENANT}:${SKU}` });
    const kept = await keptOf(workflowId);
    for (const word of [SKU, SKU.toLowerCase(), TENANT, 'acme', String(70_000 + no), 'skuPattern']) {
      expect([word, kept.includes(word)]).toEqual([word, false]);
    }
    expect(kept.includes('binary/encrypted')).toBe(true);
    expect(await ours().workflow.getHandle(workflowId).result()).toMatchObject({
      itemId: `${TENANT}:${SKU}`,
      outcome: 'won',
      publication: 'accepted',
    });
    const { raw } = await product.client.workflow.getHandle(workflowId).describe();
    const attributes = Object.keys(raw.workflowExecutionInfo?.searchAttributes?.indexedFields ?? {});
    expect(attributes).toContain('Tenant');
    expect(attributes).not.toContain('Sku');
  });

  it('failures are hidden too', async () => {
    await product.startWorker({ payloads: encrypting() });
    product.storefront.control.rejectReason = REASON;
    const workflowId = await send();
    await ended(workflowId);
    const kept = await keptOf(workflowId);
    for (const word of [REASON, SKU, TENANT]) expect([word, kept.includes(word)]).toEqual([word, false]);
    const told = await ours()
      .workflow.getHandle(workflowId)
      .result()
      .then(
        () => 'none',
        (error: WorkflowFailedError) => JSON.stringify([error.cause?.message, error.cause?.cause]),
      );
    expect(told).toContain('the storefront rejected');
  });

  it('a publish that waits shows its failure to nobody without the key', async () => {
    await product.startWorker({ payloads: encrypting() });
    product.storefront.control.failStatus = 503;
    const workflowId = await send();
    await waits(workflowId);
    const { raw } = await product.client.workflow.getHandle(workflowId).describe();
    const failure = raw.pendingActivities?.[0]?.lastFailure;
    expect(failure?.message).toBe('Encoded failure');
    product.storefront.control.failStatus = null;
    expect(await ended(workflowId)).toMatchObject({ decision: 'won' });
  });

  it('the launch gate takes its commands', async () => {
    const tenant = 'hidden-launch';
    await closedTenant(product.database, tenant, ['acme', 'globex']);
    await confirmAll(product.database, tenant);
    await product.startWorker({
      payloads: encrypting(),
      gate: { sampleSeconds: 0.1, businessDaySeconds: 3600 },
    });
    const given = { tenant, actor: 'ada', reason: 'a secret reason', suppliers: ['acme'] };
    const client = { client: ours(), database: product.database };
    const opened = await giveCommand(client, 'openCanary', given);
    expect(opened).toMatchObject({ state: 'canary' });
    const kept = await keptOf(`gate:${tenant}`);
    expect(kept.includes('globex')).toBe(false);
    await rollBack(product.database, { tenant, actor: 'test', reason: 'the end of the test' });
  });

  it('what began in plain words goes on, and what began encrypted goes on when it is off again', async () => {
    product.storefront.control.failStatus = 503;
    await product.startWorker({ payloads: reading() });
    const plain = await send();
    await waits(plain);
    await product.stopWorkers();
    await product.startWorker({ payloads: encrypting() });
    const hidden = await send();
    await waits(hidden);
    await product.stopWorkers();
    await product.startWorker({ payloads: reading() });
    product.storefront.control.failStatus = null;
    for (const workflowId of [plain, hidden]) {
      expect(await ended(workflowId)).toMatchObject({ decision: 'won' });
    }
    expect((await keptOf(plain)).includes(SKU)).toBe(true);
    expect(await ours().workflow.getHandle(hidden).result()).toHaveProperty('outcome', 'won');
  });

  it('a change of keys is survived by workflows under way', async () => {
    product.storefront.control.failStatus = 503;
    await product.startWorker({ payloads: encrypting() });
    const workflowId = await send();
    await waits(workflowId);
    await product.stopWorkers();
    await product.startWorker({ payloads: encrypting(ringOf(fresh, old)) });
    product.storefront.control.failStatus = null;
    expect(await ended(workflowId)).toMatchObject({ decision: 'won' });
    const kept = await keptOf(workflowId);
    for (const key of [old, fresh]) expect(kept.includes(ringOf(key)[0].id)).toBe(true);
  });

  it('the Web UI gets readable JSON by our codec endpoint, as it asks for it', async () => {
    await product.startWorker({ payloads: encrypting() });
    const workflowId = await send();
    await ended(workflowId);
    const { events } = await product.client.workflow.getHandle(workflowId).fetchHistory();
    const input = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    const app = createServer({
      databases: product.pools(),
      secretsKeys: ringOf(fresh, old),
      log: pino({ level: 'silent' }),
    });
    const { token } = await addToken(product.database, { role: 'support', name: 'desk', actor: 'test' });
    const answer = await app.inject({
      method: 'POST',
      url: '/codec/decode',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'x-namespace': 'default',
      },
      payload: JSON.stringify({ payloads: input.map(asJson) }),
    });
    await app.close();
    expect(answer.statusCode).toBe(200);
    const [payload] = answer.json<{ payloads: { metadata: Record<string, string>; data: string }[] }>()
      .payloads;
    expect(Buffer.from(payload?.metadata.encoding ?? '', 'base64').toString()).toBe('json/plain');
    expect(JSON.parse(Buffer.from(payload?.data ?? '', 'base64').toString())).toMatchObject({
      sku: SKU,
      tenant: TENANT,
      seal: expect.any(String),
    });
  });

  it('Temporal’s command line shows them by the same endpoint, and without it does not', async () => {
    await product.startWorker({ payloads: encrypting() });
    const workflowId = await send();
    await ended(workflowId);
    const app = createServer({
      databases: product.pools(),
      secretsKeys: ringOf(old),
      log: pino({ level: 'silent' }),
    });
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { token } = await addToken(product.database, { role: 'admin', name: 'ada', actor: 'test' });
    const { command } = await findTemporalCli({ cacheDir: cacheDir(), log: () => undefined });
    const show = async (...options: string[]): Promise<string> => {
      const namespace = product.client.options.namespace;
      const { stdout } = await promisify(execFile)(command, [
        ...['workflow', 'show', '--workflow-id', workflowId, '--namespace', namespace, '--output', 'json'],
        ...['--address', inject('temporalAddress'), ...options],
      ]);
      return [...stdout.matchAll(/"data": "([^"]*)"/g)]
        .map(([, data = '']) => Buffer.from(data, 'base64').toString())
        .join('\n');
    };
    const endpoint = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/codec`;
    expect(await show('--codec-endpoint', endpoint, '--codec-auth', `Bearer ${token}`)).toContain(SKU);
    expect(await show()).not.toContain(SKU);
    await expect(show('--codec-endpoint', endpoint, '--codec-auth', 'Bearer nobody')).rejects.toThrow(
      'Command failed',
    );
    await app.close();
  });
});

function asJson(payload: proto.temporal.api.common.v1.IPayload): object {
  return proto.temporal.api.common.v1.Payload.toObject(
    proto.temporal.api.common.v1.Payload.fromObject(payload),
    {
      bytes: String,
    },
  );
}
