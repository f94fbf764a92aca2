import { Client, Connection } from '@temporalio/client';
import { workflowIdOf } from '../src/intake/event-id.ts';
import { eventMaker } from './events.ts';
import { SUPPLIER, TENANT, type Parts } from './parts.ts';
import { median } from './stats.ts';
import type { RunningSubject } from './subject.ts';

/** Medians over the workflows of a kind of event. */
export interface Histories {
  subject: string;
  kind: string;
  events: number;
  /** State transitions that the server counted. */
  transitions: number;
  bytes: number;
}

const SAMPLE = 10;

/** What an event costs in Temporal: published at the first attempt and, for the product, after one failure. */
export async function measureHistories(
  parts: Parts,
  name: string,
  running: RunningSubject,
): Promise<Histories[]> {
  if (!['ceiling', 'textbook', 'ours'].includes(name)) return [];
  const connection = await Connection.connect({ address: parts.temporal.address });
  const client = new Client({ connection, namespace: name });
  const idOf = (id: string): string =>
    name === 'ours' ? workflowIdOf({ tenant: TENANT, supplier: SUPPLIER, eventId: id }) : id;
  const measure = async (kind: string, prefix: string): Promise<Histories> => {
    const events = eventMaker(prefix)(SAMPLE);
    // One by one: events that come together can wait for each other.
    const found = [];
    for (const event of events) {
      await running.post([event]);
      found.push(await untilClosed(client, idOf(event.id)));
    }
    return {
      subject: name,
      kind,
      events: median(found.map(({ events: count }) => count)),
      transitions: median(found.map(({ transitions }) => transitions)),
      bytes: median(found.map(({ bytes }) => bytes)),
    };
  };
  try {
    const results = [await measure('first attempt', `${name}-first`)];
    if (name !== 'ceiling') {
      parts.storefront.misbehave(TENANT, 'fail first');
      results.push(await measure('after one failed attempt', `${name}-second`));
    }
    return results;
  } finally {
    parts.storefront.misbehave(TENANT, undefined);
    await connection.close();
  }
}

async function untilClosed(client: Client, workflowId: string) {
  const handle = client.workflow.getHandle(workflowId);
  const end = Date.now() + 60_000;
  for (;;) {
    try {
      await handle.result();
      const { raw } = await handle.describe();
      const info = raw.workflowExecutionInfo;
      return {
        events: Number(info?.historyLength),
        transitions: Number(info?.stateTransitionCount),
        bytes: Number(info?.historySizeBytes),
      };
    } catch (error) {
      // The starter may not have got to it yet.
      if (Date.now() > end) throw error;
      await new Promise((resolve) => {
        setTimeout(resolve, 100);
      });
    }
  }
}
