import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../src/database/client.ts';
import { readRunFile } from '../../src/embedded/run-file.ts';
import { openCanary } from '../../src/gate/open-canary.ts';
import { closedTenant, command, confirmAll } from '../gate/launch.ts';
import {
  leavePlace,
  runCli,
  sql,
  startProduct,
  takePlace,
  type Place,
  type RunningStart,
} from '../support/system/start.ts';
import { openSenders, type Sender } from '../support/system/supplier.ts';
import { until } from '../support/until.ts';

const TENANT = 'shop';
const CANARY = 'canary';
const EVENTS = 120;
const SKUS = 30;
/** So slow that it is under way for some seconds. */
const RATE = '12';
const HEALS_WITHIN_MS = 150_000;
const START = Date.parse('2026-06-01T10:00:00Z');

let place: Place;
let product: RunningStart;
let database: Database;
let sender: Sender;
let sent = 0;

const temporal = () =>
  readRunFile(place.dataDir)?.children.find(({ name }) => name === 'Temporal dev server')?.pid;
const files = () => readdirSync(place.dataDir).filter((name) => name.startsWith('temporal.db'));

const prepare = async (): Promise<void> => {
  place = await takePlace();
  place.environment['GATE_SAMPLE_SECONDS'] = '1';
  await start();
  [sender] = (await openSenders(place, product, TENANT, ['acme'])) as [Sender];
  await closedTenant(database, CANARY, ['acme', 'globex']);
  await confirmAll(database, CANARY);
  await openCanary(database, { ...(await command(database, CANARY)), suppliers: ['acme'] });
  await send(EVENTS);
  await untilDecided();
};

async function start(): Promise<void> {
  product = await startProduct(place, { args: ['--no-sample'] });
  await database?.$disconnect();
  database = openDatabase(product.superuserUrl, { connections: 2 });
}

async function send(count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, index) => ({
    id: `e-${sent + index}`,
    sku: `SKU-${(sent + index) % SKUS}`,
    quantity: sent + index,
    updatedAt: new Date(START + (sent + index) * 1_000).toISOString(),
  }));
  expect((await sender.post(events)).status).toBe(202);
  sent += count;
}

const untilDecided = () =>
  until(
    async () =>
      (await database.supplierEvent.count({ where: { tenantId: TENANT, startDueUs: null } })) === sent,
    HEALS_WITHIN_MS,
  );

const samples = () => database.signalSample.count({ where: { tenantId: CANARY } });

/** Begins a replay, and waits until some of its events are through. */
async function replayUnderWay() {
  const begun = Date.now();
  const ended = runCli(
    place,
    ...['replay', '--tenant', TENANT, '--since', '2020-01-01T00:00:00Z', '--rate', RATE, '--yes', '--json'],
  );
  const replay = await until(async () => {
    const found = await database.replay.findFirst({ where: { tenantId: TENANT, state: 'running' } });
    const done =
      found && (await database.replayEvent.count({ where: { replayId: found.id, doneAtUs: { not: null } } }));
    return done && done > EVENTS / 6 ? found : undefined;
  }, HEALS_WITHIN_MS);
  return { id: replay.id, begun, ended };
}

/** Kills Temporal, and does something to its file before `start` has it back. */
async function loseTemporal(harm: () => void): Promise<void> {
  const former = temporal();
  // 0 would be this process's group.
  if (!former) throw new Error('no Temporal is on record');
  process.kill(former, 'SIGKILL');
  await until(async () => temporal() !== former, 10_000, 10);
  harm();
}

async function expectAllWell(replayId: string, samplesBefore: number): Promise<void> {
  await untilDecided();
  const replay = await until(async () => {
    const found = await database.replay.findUnique({ where: { id: replayId } });
    return found?.state === 'running' ? undefined : found;
  }, HEALS_WITHIN_MS);
  expect(replay).toMatchObject({ state: 'completed' });
  expect(
    await database.replayEvent.count({
      where: { replayId, OR: [{ doneAtUs: null }, { outcome: 'failed' }] },
    }),
  ).toBe(0);
  // The gate's own round, and the one that looks after gates.
  await until(async () => (await samples()) > samplesBefore, HEALS_WITHIN_MS);
  const items = await sql<{ sku: string; quantity: number }>(
    product,
    'SELECT sku, quantity FROM catalog_item WHERE tenant_id = $1',
    [TENANT],
  );
  const last = (no: number): number => sent - 1 - ((sent - 1 - no) % SKUS);
  expect(Object.fromEntries(items.map(({ sku, quantity }) => [sku, quantity]))).toEqual(
    Object.fromEntries(Array.from({ length: SKUS }, (_, no) => [`SKU-${no}`, last(no)])),
  );
}

// A replay waits half a minute for its lease to end: CI has the time.
describe.runIf(process.env.CI ?? process.env.FAULTS)(
  'Temporal’s file is lost while a replay runs and the gate watches a canary',
  () => {
    beforeAll(prepare);
    afterAll(async () => {
      await database?.$disconnect();
      await leavePlace(place);
    });

    it('damaged: the replay ends, the gate goes on sampling, and events are decided', async () => {
      await until(async () => (await samples()) > 0, HEALS_WITHIN_MS);
      const replay = await replayUnderWay();
      await loseTemporal(() =>
        writeFileSync(path.join(place.dataDir, 'temporal.db'), 'not a database'.repeat(10_000)),
      );
      await send(10);
      await until(async () => product.stderr().includes('Temporal is back'), HEALS_WITHIN_MS);
      expect(product.stderr()).toMatch(/temporal\.db is damaged and was put aside as temporal\.db\.damaged-/);
      const before = await samples();
      await expectAllWell(replay.id, before + 20);
      expect((await replay.ended).code).toBe(0);
    });

    it.runIf(process.env.FAULTS === 'all')(
      'removed, and everything stopped and started again: just so',
      async () => {
        const replay = await replayUnderWay();
        process.kill(product.pid, 'SIGTERM');
        await product.ended;
        for (const name of files()) rmSync(path.join(place.dataDir, name));
        expect(files()).toEqual([]);
        await start();
        await send(10);
        await expectAllWell(replay.id, (await samples()) + 20);
      },
    );
  },
);
