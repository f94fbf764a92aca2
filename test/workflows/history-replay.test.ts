import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { cacheDir } from '../../src/embedded/cache-dir.ts';
import { findTemporalCli } from '../../src/embedded/temporal-cli.ts';
import { workflowBundlePath } from '../../src/worker/workflow-bundle.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { replay } from '../support/replay.ts';
import { until } from '../support/until.ts';

// Histories of workflows that older versions ran. A change of the workflows that cannot go on with one of them would
// break every event that waits while a worker is upgraded. RECORD_HISTORIES=1 adds those of today's version.
const FOLDER = path.join(import.meta.dirname, 'histories');
const at = seconds(1_780_000_000);
const KINDS = [
  ...['published', 'superseded', 'rejected', 'publish-waited', 'held'],
  ...['replay', 'resync-published', 'resync-superseded', 'resync-rejected'],
];

interface RecordedEvent {
  eventType: string;
  [attributes: string]: unknown;
}
interface Recorded {
  events: RecordedEvent[];
}

const replayHistory = (history: unknown): Promise<void> =>
  Worker.runReplayHistory({ workflowBundle: { codePath: workflowBundlePath() } }, history, 'recorded');

describe('histories on record', () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

  it('are there for each way that a workflow can go', () => {
    for (const kind of KINDS) {
      expect(files.some((name) => name.startsWith(`${kind}.`))).toBe(true);
    }
  });

  it.each(files)('%s goes on with the workflows of today', async (name) => {
    const history: unknown = JSON.parse(readFileSync(path.join(FOLDER, name), 'utf8'));
    await expect(replayHistory(history)).resolves.toBeUndefined();
  });

  it('are found out when they were tampered with', async () => {
    const name = files.find((file) => file.startsWith('publish-waited.'));
    const history = JSON.parse(readFileSync(path.join(FOLDER, String(name)), 'utf8')) as Recorded;
    const scheduled = history.events.find(
      ({ eventType }) => eventType === 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED',
    );
    const attributes = scheduled?.activityTaskScheduledEventAttributes as { activityType: { name: string } };
    attributes.activityType.name = 'somethingElse';
    await expect(replayHistory(history)).rejects.toBeInstanceOf(DeterminismViolationError);
  });
});

describe('histories of today', () => {
  let product: Product;
  const histories = new Map<string, unknown>();

  const settled = (eventId: string) =>
    until(async () => {
      const row = await product.database.supplierEvent.findFirstOrThrow({ where: { eventId } });
      return row.startDueUs === null && row.startCount > 0 && row;
    });

  async function keep(kind: string, workflowId: string): Promise<void> {
    await product.client.workflow
      .getHandle(workflowId)
      .result()
      .catch(() => undefined);
    const { command } = await findTemporalCli({ cacheDir: cacheDir(), log: () => undefined });
    const { stdout } = await promisify(execFile)(
      command,
      [
        ...['workflow', 'show', '--workflow-id', workflowId, '--output', 'json'],
        ...['--address', inject('temporalAddress'), '--namespace', product.client.options.namespace],
      ],
      { maxBuffer: 64 * 1024 * 1024 },
    );
    histories.set(kind, scrubbed(JSON.parse(stdout)));
  }

  beforeAll(async () => {
    product = await testProduct();
    await openTenant(product.database, 'shop', ['acme']);
    await product.database.supplier.create({ data: { tenantId: 'shop', id: 'later', state: 'closed' } });
    await product.startWorker();
    const send = async (kind: string, supplier: string, sku: string, updatedAt: bigint): Promise<void> => {
      await record(product.database, 'shop', supplier, [{ eventId: kind, sku, quantity: 1, updatedAt }]);
      const { workflowId } = await settled(kind);
      await keep(kind, workflowId);
    };
    await send('published', 'acme', 'CHAIR-01', at + 1n);
    await send('superseded', 'acme', 'CHAIR-01', at);
    await send('rejected', 'acme', '=1+1', at);
    await send('held', 'later', 'CHAIR-02', at);
    product.storefront.control.failStatus = 503;
    const waits = send('publish-waited', 'acme', 'CHAIR-03', at);
    await until(
      async () => (await product.database.publishAttempt.count({ where: { itemId: 'shop:CHAIR-03' } })) > 1,
    );
    product.storefront.control.failStatus = null;
    await waits;
    const { id } = await replay(product.database, { supplier: 'acme' });
    await keep('replay', `replay:${id}`);
    const again = (kind: string): string => `resync:${id}:shop:acme:${kind}`;
    await keep('resync-published', again('published'));
    await keep('resync-superseded', again('superseded'));
    await keep('resync-rejected', again('rejected'));
    if (process.env.RECORD_HISTORIES) {
      mkdirSync(FOLDER, { recursive: true });
      const day = new Date().toISOString().slice(0, 10);
      for (const [kind, history] of histories) {
        writeFileSync(path.join(FOLDER, `${kind}.${day}.json`), `${JSON.stringify(history, null, 1)}\n`);
      }
    }
  });
  afterAll(() => product.close());

  it.each(KINDS)('%s goes on with the workflows of today', async (kind) => {
    await expect(replayHistory(histories.get(kind))).resolves.toBeUndefined();
  });
});

/** Without what only the machine that ran it says of itself. */
function scrubbed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(scrubbed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key === 'stackTrace') return [key, ''];
      if (key === 'identity') return [key, 'recorded'];
      return [key, scrubbed(inner)];
    }),
  );
}
