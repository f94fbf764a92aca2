import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkHistories } from '../../src/trace/check-histories.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { testTemporal } from '../support/temporal.ts';
import { sampleTrace } from './sample-trace.ts';

let temporal: Awaited<ReturnType<typeof testTemporal>>;
let client: Client;

beforeAll(async () => {
  temporal = await testTemporal();
  client = new Client({ connection: temporal.connection, namespace: temporal.namespace });
});
afterAll(() => temporal?.close());

const unknown: Trace = {
  ...sampleTrace,
  events: sampleTrace.events.map((event) => ({
    ...event,
    workflowHistory: event.workflowHistory === 'none' ? 'none' : 'unknown',
  })),
};

it('workflows that Temporal does not know any more have expired', async () => {
  const handle = await client.workflow.start('syncSupplierEvent', {
    workflowId: 'sync:canary:acme:e-16',
    taskQueue: 'nobody-listens',
  });
  const { events, replays } = await checkHistories(client, unknown, { timeoutMs: 20_000 });
  await handle.terminate();
  expect(events.map(({ eventId, workflowHistory }) => [eventId.slice(0, 4), workflowHistory])).toEqual([
    ['void', 'expired'],
    ['corr', 'expired'],
    ['e-17', 'expired'],
    ['e-16', 'kept'],
    ['e-14', 'expired'],
    ['e-18', 'none'],
  ]);
  expect(replays[0]?.workflowHistory).toBe('expired');
});

it('what is not known when the time is up stays unknown', async () => {
  const connection = Connection.lazy({ address: '192.0.2.1:7233' });
  const away = new Client({ connection });
  expect(await checkHistories(away, unknown, { timeoutMs: 200 })).toEqual(unknown);
  await connection.close();
});

it('asks for no more than forty', async () => {
  const event = unknown.events[0];
  if (!event) throw new Error('no event');
  const many = Array.from({ length: 60 }, (_, no) => ({
    ...event,
    workflowId: `sync:canary:acme:many-${no}`,
  }));
  const { events } = await checkHistories(
    client,
    { ...unknown, replays: [], events: many },
    { timeoutMs: 20_000 },
  );
  expect(
    events.map(({ workflowHistory }) => workflowHistory).filter((one) => one === 'expired'),
  ).toHaveLength(40);
});
