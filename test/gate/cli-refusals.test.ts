import { ringOf } from '../../src/access/secrets/key-ring.ts';
import { createSeal } from '../../src/access/secrets/seal.ts';
import { databaseNow } from '../../src/database/clock.ts';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { gateActivities } from '../../activities/launch-gate.ts';
import { runProgram } from '../../src/cli/program.ts';
import { CHECKLIST } from '../../src/domain/checklist.ts';
import { SIGNALS } from '../../src/domain/signals.ts';
import { seconds } from '../../src/domain/time.ts';
import { beginWatch } from '../../src/flags/begin-watch.ts';
import { openCanary } from '../../src/gate/open-canary.ts';
import { sampleReviews } from '../../src/gate/sample-reviews.ts';
import { readWatches } from '../../src/gate/watch-rows.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { TASK_QUEUE } from '../../src/temporal/connect.ts';
import { workflowBundlePath } from '../../src/worker/workflow-bundle.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { log, testTemporal } from '../support/temporal.ts';
import { closedTenant, command, confirmAll, samplesSay, settings, watchedEnough } from './launch.ts';
import { publishedEvent } from './published-event.ts';

/** The command line in this process, on a gate that lacks one thing: each condition is refused for alone. */
let test: TestDatabase;
let temporal: Awaited<ReturnType<typeof testTemporal>>;
let worker: Worker;
let running: Promise<void>;
let tenant: string;
let no = 0;
const metrics = createMetrics();

beforeAll(async () => {
  test = await testDatabase();
  temporal = await testTemporal();
  const { database } = test;
  const activities = {
    ...gateActivities({
      database,
      metrics,
      log,
      seal: createSeal(ringOf(Buffer.alloc(32)), 'test'),
      openSecret: () => Buffer.alloc(32),
      gate: settings,
    }),
    // The gate's own samples would say that nothing is known: what the tests write down counts.
    sampleGate: async (of: string) => {
      const row = await database.tenant.findUniqueOrThrow({ where: { id: of } });
      return { state: row.state, says: '', pauseMs: 3_600_000 };
    },
  };
  worker = await Worker.create({
    connection: temporal.connection,
    namespace: temporal.namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: { codePath: workflowBundlePath() },
    activities,
  });
  running = worker.run();
  vi.stubEnv('DATABASE_URL', test.urlOf('operator'));
  vi.stubEnv('TEMPORAL_ADDRESS', inject('temporalAddress'));
  vi.stubEnv('TEMPORAL_NAMESPACE', temporal.namespace);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  worker?.shutdown();
  await running;
  await temporal?.close();
  await metrics.close();
  await test?.drop();
});
beforeEach(async () => {
  tenant = `shop-${(no += 1)}`;
  await closedTenant(test.database, tenant, ['acme', 'globex', 'initech']);
  await confirmAll(test.database, tenant);
});

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      said[name] += String(text);
      return true;
    }),
  );
  try {
    const code = await runProgram(['node', 'catalog-sync', 'gate', ...args, '--tenant', tenant, '--json']);
    return { code, ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** @returns the conditions that the command was refused for; nothing was changed by it */
async function refusedFor(...args: string[]): Promise<string[]> {
  const before = await flags();
  const { code, stdout, stderr } = await run(...args);
  expect([code, stderr]).toEqual([1, expect.stringContaining('The gate refuses; nothing was changed')]);
  expect(await flags()).toEqual(before);
  const { missing } = JSON.parse(stdout) as { missing: { condition: string }[] };
  const conditions = missing.map(({ condition }) => condition);
  for (const condition of conditions) expect(stderr).toContain(`  ${condition}: `);
  return conditions;
}

async function flags(): Promise<unknown> {
  const { state, suppliers } = await test.database.tenant.findUniqueOrThrow({
    where: { id: tenant },
    include: { suppliers: { orderBy: { id: 'asc' } } },
  });
  return [state, ...suppliers.map((one) => one.state)];
}

const open = (supplier = 'acme'): string[] => ['open', '--supplier', supplier, '--reason', 'release 12'];
const widen = (supplier = 'globex'): string[] => ['widen', '--supplier', supplier, '--reason', 'green'];
const approve = (event: string): string[] => ['approve-trace', '--event', event, '--explanation', 'newer'];

/** A canary that may be widened. @returns the events that were sampled and explained */
async function ready(): Promise<string[]> {
  const { database } = test;
  await openCanary(database, { ...(await command(database, tenant)), suppliers: ['acme'] });
  for (const id of ['e-1', 'e-2', 'e-3']) {
    await publishedEvent(test, { tenant, supplier: 'acme', id, sku: id.toUpperCase() });
  }
  const [watch] = await readWatches(database, tenant);
  if (!watch) throw new Error('no watch');
  await sampleReviews(database, tenant, watch, await databaseNow(database));
  await explain(true);
  await watchedEnough(database, tenant);
  await samplesSay(database, tenant);
  return ['e-1', 'e-2', 'e-3'];
}

async function explain(done: boolean): Promise<void> {
  await test.database.traceReview.updateMany({
    where: { tenantId: tenant },
    data: done
      ? { explainedBy: 'ada', explanation: 'newer', approvedUs: 1n }
      : { explainedBy: null, explanation: null, approvedUs: null },
  });
}

describe('gate open', () => {
  it.each(CHECKLIST)('is refused for %s alone', async (name) => {
    await test.database.checklistItem.delete({ where: { tenantId_name: { tenantId: tenant, name } } });
    expect(await refusedFor(...open())).toEqual([`checklist_${name.replaceAll('-', '_')}`]);
  });

  it('is refused for an unknown supplier, a tenant that is open already, and no tenant at all', async () => {
    expect(await refusedFor(...open('nobody'))).toEqual(['supplier_known']);
    expect(await run(...open())).toMatchObject({ code: 0 });
    expect(await refusedFor(...open())).toEqual(['tenant_closed']);
    tenant = 'nobody';
    expect(await run(...open())).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('tenant_known: '),
    });
  });
});

describe('gate widen', () => {
  const withVerdict = SIGNALS.flatMap((signal) =>
    (['miss', 'inconclusive'] as const).map((verdict) => [signal, verdict] as const),
  );
  it('is refused for each signal alone, and goes on when all are green', async () => {
    await ready();
    for (const [signal, verdict] of withVerdict) {
      await samplesSay(test.database, tenant, { [signal]: verdict });
      expect(await refusedFor(...widen())).toEqual([`signal_${signal}`]);
    }
    await samplesSay(test.database, tenant);
    expect(await run(...widen())).toMatchObject({ code: 0 });
    expect(await flags()).toEqual(['canary', 'open', 'open', 'closed']);
    expect(await refusedFor(...widen('initech'))).toEqual(['sample_after_opening']);
    await samplesSay(test.database, tenant);
    expect(await run(...widen('initech'))).toMatchObject({ code: 0 });
    expect(await flags()).toEqual(['open', 'open', 'open', 'open']);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['sample_fresh', () => test.database.signalSample.deleteMany({ where: { tenantId: tenant } })],
    [
      'sample_fresh',
      async () => {
        const old = seconds(151);
        await test.sql('UPDATE signal_sample SET sampled_at_us = sampled_at_us - $1', [old]);
        await test.sql('UPDATE tenant SET opened_at_us = opened_at_us - $1', [2n * old]);
        await test.sql('UPDATE supplier SET opened_at_us = opened_at_us - $1', [2n * old]);
      },
    ],
    [
      'watch_complete',
      () => test.database.gateWatch.updateMany({ where: { tenantId: tenant }, data: { watchedUs: 1n } }),
    ],
    ['traces_explained', () => explain(false)],
    [
      'canary_flows',
      () => test.database.supplier.updateMany({ where: { tenantId: tenant }, data: { state: 'closed' } }),
    ],
    ['canary_open', () => test.database.tenant.update({ where: { id: tenant }, data: { state: 'closed' } })],
  ])('is refused for %s alone', async (condition, change) => {
    await ready();
    await change();
    expect(await refusedFor(...widen())).toEqual([condition]);
  });

  it('is refused for a supplier that is open or unknown', async () => {
    await ready();
    expect(await refusedFor(...widen('acme'))).toEqual(['supplier_closed']);
    expect(await refusedFor(...widen('nobody'))).toEqual(['supplier_known']);
  });
});

describe('gate approve-trace', () => {
  it('is refused for each of its conditions alone', async () => {
    const [first = ''] = await ready();
    expect(await refusedFor(...approve('unheard-of'))).toEqual(['event_sampled']);
    expect(await refusedFor(...approve(first))).toEqual(['event_not_approved']);
    await explain(false);
    const alter = (by: number) =>
      test.sql('UPDATE supplier_event SET quantity = quantity + $1 WHERE tenant_id = $2 AND event_id = $3', [
        ...[by, tenant, first],
      ]);
    await alter(1);
    expect(await refusedFor(...approve(first))).toEqual(['trace_complete']);
    await alter(-1);
    expect(await run(...approve(first))).toMatchObject({ code: 0 });
    await beginWatch(test.database, tenant);
    expect(await refusedFor(...approve(first))).toEqual(['event_sampled']);
  });

  it('is refused while two suppliers have a sampled event of that id', async () => {
    const [first = ''] = await ready();
    await explain(false);
    await test.database.supplier.update({
      where: { tenantId_id: { tenantId: tenant, id: 'globex' } },
      data: { state: 'open' },
    });
    await publishedEvent(test, { tenant, supplier: 'globex', id: first, sku: 'TWIN' });
    await test.sql(
      `INSERT INTO trace_review (tenant_id, supplier_id, watch_number, event_seq, seed)
       SELECT r.tenant_id, r.supplier_id, r.watch_number, e.seq, r.seed
         FROM trace_review r JOIN supplier_event e ON e.tenant_id = r.tenant_id AND e.supplier_id = 'globex'
        WHERE r.tenant_id = $1 LIMIT 1`,
      [tenant],
    );
    expect(await refusedFor(...approve(first))).toEqual(['event_named']);
    expect(await run(...approve(first), '--supplier', 'globex')).toMatchObject({ code: 0 });
  });
});
