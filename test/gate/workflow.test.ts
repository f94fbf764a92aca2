import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { gateWorkflowId } from '../../src/domain/identity.ts';
import { GateRefused } from '../../src/gate/carry-out.ts';
import { giveCommand, GateUnavailable } from '../../src/gate/give-command.ts';
import { rollBack } from '../../src/gate/roll-back.ts';
import { workflowBundlePath } from '../../src/worker/workflow-bundle.ts';
import type { RunningWorker } from '../../src/worker/run-worker.ts';
import { TASK_QUEUE } from '../../src/temporal/connect.ts';
import { ensureSchedules, SCHEDULES } from '../../src/temporal/schedules.ts';
import { testProduct, type Product } from '../support/product.ts';
import { logged } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { closedTenant, command, confirmAll } from './launch.ts';

let product: Product;
let worker: RunningWorker | undefined;
let tenant: string;
let no = 0;
const quick = { sampleSeconds: 0.1, businessDaySeconds: 3600 };

beforeAll(async () => {
  product = await testProduct();
});
afterAll(() => product?.close());
beforeEach(async () => {
  tenant = `shop-${(no += 1)}-${Math.random().toString(36).slice(2, 8)}`;
  await closedTenant(product.database, tenant, ['acme', 'globex']);
  await confirmAll(product.database, tenant);
});
afterEach(async () => {
  await rollBack(product.database, { tenant, actor: 'test', reason: 'the end of the test' });
  await worker?.stop();
  worker = undefined;
});

const start = async (gate = quick): Promise<void> => {
  worker = await product.startWorker({ gate });
};
const give = {
  open: () =>
    giveCommand(product, 'openCanary', { tenant, actor: 'ada', reason: 'release', suppliers: ['acme'] }),
  widen: () =>
    giveCommand(product, 'widenSupplier', { tenant, actor: 'ada', reason: 'green', supplier: 'globex' }),
  approve: (eventId: string) =>
    giveCommand(product, 'approveTrace', { tenant, actor: 'ada', eventId, explanation: 'newer' }),
};
const gate = () => product.client.workflow.getHandle(gateWorkflowId(tenant));
const samples = () => product.database.signalSample.count({ where: { tenantId: tenant } });

/** For test/workflows/history-replay.test.ts, without what only the machine that ran it says of itself. */
function recordHistory(kind: string, history: Parameters<typeof historyToJSON>[0]): void {
  const scrubbed = JSON.stringify(
    JSON.parse(historyToJSON(history)),
    (key, value: unknown) => (key === 'identity' ? 'recorded' : key === 'stackTrace' ? '' : value),
    1,
  );
  const day = new Date().toISOString().slice(0, 10);
  writeFileSync(
    path.join(import.meta.dirname, `../workflows/histories/${kind}.${day}.json`),
    `${scrubbed}\n`,
  );
}

describe("a launch's workflow", () => {
  it('opens the canary, samples it round after round, refuses with every condition, and ends with a rollback', async () => {
    await start();
    expect(await give.open()).toMatchObject({ state: 'canary', opened: ['acme'], closed: ['globex'] });
    await until(
      async () =>
        (await product.database.gateWatch.findFirst({
          where: { tenantId: tenant, sampledAtUs: { not: null } },
        })) !== null,
    );
    const refused: unknown = await give.widen().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(GateRefused);
    expect((refused as GateRefused).missing.map(({ condition }) => condition)).toEqual([
      'signal_stale_items',
      'signal_queue_lag',
      'signal_publish_errors',
      'signal_trace_coverage',
      'watch_complete',
      'traces_explained',
    ]);
    await expect(give.open()).rejects.toThrow(/is canary already/);
    await expect(give.approve('unheard-of')).rejects.toThrow(/none of the updates/);
    // Refusals are answers: the worker has nothing to warn of.
    expect(logged.filter((line) => /GateRefused|Activity failed|Workflow failed/.test(line))).toEqual([]);
    await rollBack(product.database, { tenant, actor: 'ada', reason: 'enough' });
    await gate().result();
    // And again from the beginning: the same id, another run.
    await give.open();
    expect((await gate().describe()).status.name).toBe('RUNNING');
  });

  it('takes no command that is not for its tenant, or has not the right shape', async () => {
    await start();
    await give.open();
    const good = { ...(await command(product.database, tenant)), suppliers: ['acme'] };
    for (const wrong of [{ ...good, tenant: 'other' }, { ...good, requestId: '' }, undefined]) {
      await expect(gate().executeUpdate('openCanary', { args: [wrong] })).rejects.toThrow(/Update failed/);
    }
  });

  it('goes on in new runs, without losing a command', async () => {
    await start({ ...quick, sampleSeconds: 0.01 });
    await give.open();
    const { runId } = await gate().describe();
    let refused = 0;
    await until(async () => {
      await give.approve('unheard-of').catch((error: unknown) => {
        if (!(error instanceof GateRefused)) throw error;
        refused += 1;
      });
      return (await gate().describe()).runId !== runId;
    }, 55_000);
    expect(refused).toBeGreaterThan(0);
    await expect(give.approve('unheard-of')).rejects.toBeInstanceOf(GateRefused);
  });

  it('is told nothing when no worker is there: the command is refused in time, and void afterwards', async () => {
    await expect(give.open()).rejects.toBeInstanceOf(GateUnavailable);
    expect((await gate().describe()).status.name).toBe('TERMINATED');
    await start();
    expect(await product.database.tenant.findUniqueOrThrow({ where: { id: tenant } })).toMatchObject({
      state: 'closed',
    });
    await give.open();
  });

  it('is history that goes on with the workflows of today', async () => {
    await start();
    await give.open();
    await until(async () => (await samples()) > 0);
    await give.widen().catch(() => undefined);
    await rollBack(product.database, { tenant, actor: 'ada', reason: 'enough' });
    await gate().result();
    const history = await gate().fetchHistory();
    if (process.env.RECORD_HISTORIES) recordHistory('gate', history);
    await expect(
      Worker.runReplayHistory({ workflowBundle: { codePath: workflowBundlePath() } }, history, 'gate'),
    ).resolves.toBeUndefined();
  });
});

describe('the round for open tenants', () => {
  const round = (): Promise<void> =>
    product.client.workflow.execute('sampleOpenTenants', {
      workflowId: `round-${tenant}-${Math.random()}`,
      taskQueue: TASK_QUEUE,
    });

  it('samples them, and brings back the gate of a canary that nobody samples', async () => {
    await start();
    const other = `${tenant}-open`;
    await closedTenant(product.database, other, ['late']);
    await product.database.tenant.update({ where: { id: other }, data: { state: 'open' } });
    await product.database.tenant.update({ where: { id: tenant }, data: { state: 'canary' } });
    await round();
    const watches = await product.database.gateWatch.findMany({ where: { tenantId: other } });
    expect(watches).toMatchObject([{ supplierId: 'late', verdict: 'inconclusive' }]);
    expect((await gate().describe()).status.name).toBe('RUNNING');
    await until(async () => (await product.database.gateWatch.count({ where: { tenantId: tenant } })) > 0);
    // And twice does no harm.
    await round();
    await product.database.tenant.update({ where: { id: other }, data: { state: 'closed' } });
  });

  it('and the folding of old samples are scheduled once, however often setup runs', async () => {
    await start();
    const { connection, options } = product.client;
    const ensure = (sampleSeconds: number) =>
      ensureSchedules(connection as Parameters<typeof ensureSchedules>[0], options.namespace, sampleSeconds);
    try {
      await ensure(60);
      await ensure(30);
      const handle = product.client.schedule.getHandle(SCHEDULES.samples);
      expect((await handle.describe()).spec.intervals).toMatchObject([{ every: 30_000 }]);
      await product.client.schedule.getHandle(SCHEDULES.rollUp).trigger();
      const done = await until(async () => {
        const { info } = await product.client.schedule.getHandle(SCHEDULES.rollUp).describe();
        const [action] = info.recentActions;
        return action?.action.type === 'startWorkflow' && action.action.workflow;
      });
      await product.client.workflow.getHandle(done.workflowId).result();
    } finally {
      for (const id of Object.values(SCHEDULES)) {
        await product.client.schedule
          .getHandle(id)
          .delete()
          .catch(() => undefined);
      }
    }
  });
});
