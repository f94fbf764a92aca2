import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ringOf } from '../../../src/access/secrets/key-ring.ts';
import { createSeal } from '../../../src/access/secrets/seal.ts';
import { seconds } from '../../../src/domain/time.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { runStarter } from '../../../src/worker/starter/starter.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { openTenant } from '../../support/flags.ts';
import { record } from '../../support/record.ts';
import { until } from '../../support/until.ts';

let test: TestDatabase;
const lines: string[] = [];
const log = createLogger({
  level: 'info',
  name: 'test',
  destination: { write: (line) => void lines.push(line) },
});

beforeAll(async () => {
  test = await testDatabase();
  await openTenant(test.database, 'shop', ['acme']);
});
afterAll(() => test?.drop());

it('starts that fail while Temporal is away are one line a round, with the reason and without a stack', async () => {
  await record(
    test.database,
    'shop',
    'acme',
    Array.from({ length: 10 }, (_, no) => ({
      eventId: `e-${no}`,
      sku: `SKU-${no}`,
      quantity: no,
      updatedAt: seconds(1_780_000_000),
    })),
  );
  // Nothing listens there.
  const connection = Connection.lazy({ address: '127.0.0.1:1', connectTimeout: 200 });
  const starter = runStarter({
    database: test.database,
    databaseUrl: test.urlOf('worker'),
    client: new Client({ connection }),
    seal: createSeal(ringOf(Buffer.alloc(32)), 'test'),
    worker: 'w-1',
    log,
  });
  expect(starter.refusedForMs()).toBe(0);
  await until(async () => lines.length > 0);
  expect(starter.refusedForMs()).toBeGreaterThan(0);
  await starter.stop();
  await connection.close();
  const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(said[0]).toMatchObject({
    level: 'warn',
    msg: 'workflows not started; trying again',
    count: 10,
    workflowId: expect.stringMatching(/^sync:shop:acme:e-/),
    reason: expect.stringMatching(/UNAVAILABLE|connect|deadline/i),
  });
  expect(lines.join('')).not.toMatch(/\\n {4}at |"stack"/);
  expect(lines.length).toBeLessThan(5);
}, 60_000);
