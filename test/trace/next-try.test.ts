import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askNextTry } from '../../src/trace/ask-next-try.ts';
import { findTraces, type FoundTrace } from '../../src/trace/find-trace.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { startReplay } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { shopAt } from '../support/shop-at.ts';
import { sampleTrace } from './sample-trace.ts';
import { WEB_UI } from './story.ts';

let product: Product;
let shop: Server;
let answers: number;

beforeAll(async () => {
  answers = 500;
  shop = createServer((request, response) => {
    if (request.method === 'GET') response.end('{"quantity":21,"version":1}');
    else response.writeHead(answers, { 'retry-after': '3600' }).end('{"accepted":true}');
  });
  await new Promise<void>((resolve) => {
    shop.listen(0, '127.0.0.1', resolve);
  });
  product = await testProduct();
  await openTenant(product.database, 'canary', ['acme']);
  const url = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  await shopAt(product.sql, url);
  await product.startWorker();
  await record(product.database, 'canary', 'acme', [
    { eventId: 'e-1', sku: 'CHAIR-01', quantity: 24, updatedAt: 1_780_000_000_000_000n },
  ]);
});
afterAll(async () => {
  await product?.close();
  shop?.closeAllConnections();
  shop?.close();
});

async function found(key = 'canary:CHAIR-01'): Promise<FoundTrace> {
  const [one] = await findTraces(product.database, { key }, WEB_UI);
  if (!one) throw new Error('no trace');
  return one;
}

it('is when Temporal starts the waiting publish again, which the storefront may put off', async () => {
  const begun = Date.now();
  const at = await until(async () => {
    const { trace } = await found();
    const next = await askNextTry(product.client, trace);
    // Before the first ordinary try has begun, that one is the next.
    return next !== undefined && Date.parse(next) > begun + 60_000 ? next : false;
  });
  const inSeconds = (Date.parse(at) - begun) / 1000;
  expect(inSeconds).toBeGreaterThan(3_500);
  expect(inSeconds).toBeLessThan(3_700);
  const one = await found();
  expect(one.trace.publication).toMatchObject({ state: 'due', nextTryAt: null });
  const told = one.withNextTry(at);
  expect(told.answer).toMatch(/The shop still shows 21|The shop shows 21/);
  expect(told.answer).toContain(`; next try at ${at}.`);
});

it('is when a replay tries again what was refused', async () => {
  answers = 422;
  await record(product.database, 'canary', 'acme', [
    { eventId: 'e-2', sku: 'DESK-01', quantity: 24, updatedAt: 1_780_000_000_000_000n },
  ]);
  const refused = await until(async () => {
    const { trace } = await found('canary:DESK-01');
    return trace.publication?.state === 'rejected' && trace;
  });
  expect(refused.answer).toContain('; nothing is tried again before a replay.');
  expect(await askNextTry(product.client, refused)).toBeUndefined();
  answers = 500;
  const replayId = await startReplay(product.database, { tenant: 'canary', sku: 'DESK-01' });
  const [one, at] = await until(async () => {
    const next = await askNextTry(product.client, (await found('canary:DESK-01')).trace);
    // The try before it has ended by then.
    return (
      next !== undefined &&
      Date.parse(next) > Date.now() + 60_000 &&
      ([await found('canary:DESK-01'), next] as const)
    );
  });
  expect(one.trace.publication).toMatchObject({ state: 'rejected', replayId });
  expect(one.withNextTry(at).answer).toMatch(
    /it refused version 1 at .*; a replay is telling it again: it answered .*with HTTP 500 when told of version 1 .*; next try at /,
  );
});

it('is not guessed when Temporal does not answer, or nothing is due', async () => {
  const { trace } = await found();
  const connection = Connection.lazy({ address: '192.0.2.1:7233' });
  expect(await askNextTry(new Client({ connection }), trace, { timeoutMs: 200 })).toBeUndefined();
  await connection.close();
  const publication = trace.publication && { ...trace.publication, state: 'accepted' };
  expect(await askNextTry(product.client, { ...trace, publication })).toBeUndefined();
  expect(await askNextTry(product.client, { ...trace, publication: null })).toBeUndefined();
});

/** A Temporal in which each of these workflows waits for its next publish. */
function temporalWith(nextTries: Record<string, Date>): Client {
  const handleOf = (workflowId: string) => ({
    describe: async () => {
      const at = nextTries[workflowId];
      const time = at && { seconds: Math.floor(at.getTime() / 1000), nanos: 0 };
      const waiting = {
        activityType: { name: 'publishCatalogItem' },
        state: 1,
        nextAttemptScheduleTime: time,
      };
      return { raw: { pendingActivities: at ? [waiting] : [] } };
    },
  });
  return {
    withDeadline: (_deadline: number, work: () => Promise<unknown>) => work(),
    workflow: { getHandle: handleOf },
  } as unknown as Client;
}

/** The sample's version 2, which replay r-1 told of, as one that the catalog has. */
function publishing(state: string, replayId: string | null) {
  const publication = sampleTrace.publication && { ...sampleTrace.publication, version: 2, state, replayId };
  return { ...sampleTrace, publication };
}

const RESYNC = 'resync:r-1:canary:acme:e-17';

it('is nothing whose time has passed: nobody is there to make it', async () => {
  const trace = publishing('due', null);
  const past = temporalWith({ [RESYNC]: new Date(Date.now() - 5_000) });
  expect(await askNextTry(past, trace)).toBeUndefined();
  const both = temporalWith({
    [RESYNC]: new Date(Date.now() - 5_000),
    'sync:canary:acme:e-16': new Date('2126-06-01T20:14:00Z'),
  });
  expect(await askNextTry(both, trace)).toBe('2126-06-01T20:14:00.000000Z');
});

it('is that of a replay, too, for a version that was refused or whose tries have ended', async () => {
  const temporal = temporalWith({ [RESYNC]: new Date('2126-06-01T20:14:00Z') });
  for (const state of ['rejected', 'failed']) {
    expect(await askNextTry(temporal, publishing(state, 'r-1'))).toBe('2126-06-01T20:14:00.000000Z');
    expect(await askNextTry(temporal, publishing(state, null))).toBeUndefined();
  }
});
