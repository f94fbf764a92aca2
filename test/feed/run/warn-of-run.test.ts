import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { warnOfRun } from '../../../src/feed/run/warn-of-run.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { carryOn, feedOf, handIn, openShop, TENANT } from './run-world.ts';

const COLUMNS = 'columns: { sku: sku, quantity: quantity, updatedAt: at }\n';
let test: TestDatabase;

beforeEach(async () => {
  test = await testDatabase();
  await openShop(test);
  await feedOf(test, 'night', COLUMNS);
});
afterEach(() => test?.drop());

/** What the log says of a file's run. */
async function logged(file: string | Buffer): Promise<unknown[]> {
  const lines: unknown[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const log = createLogger({ level: 'warn', name: 'worker', destination });
  const { runId } = await handIn(test, 'night', file);
  await carryOn(test, runId, undefined, (run) => warnOfRun(log, run));
  return lines;
}

describe('the log of a worker', () => {
  it('names a run that is held, with every reason', async () => {
    expect(await logged('sku,quantity,at\n')).toMatchObject([
      {
        ...{ level: 'warn', tenant: TENANT, feed: 'night', file: 'stock.csv', failureMode: 'feed_held' },
        reasons: [expect.stringContaining('row')],
      },
    ]);
  });

  it('names a run that has failed, and why', async () => {
    expect(await logged(Buffer.from([0x1f, 0x8b, 8, 0, 0]))).toMatchObject([
      {
        level: 'warn',
        feed: 'night',
        failureMode: 'feed_unreadable',
        reasons: [expect.stringContaining('gzip')],
      },
    ]);
  });

  it('says nothing of one that has completed', async () => {
    expect(await logged('sku,quantity,at\nA,5,2026-11-20T06:00:00Z\n')).toEqual([]);
  });
});
