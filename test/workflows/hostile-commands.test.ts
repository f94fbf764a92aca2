import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import Long from 'long';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { TOO_LATE } from '../../src/gate/command-end.ts';
import { TASK_QUEUE } from '../../src/temporal/connect.ts';
import type { Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { follow, startReplay } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { at, hostileWorld, type Everything, type HostileWorld } from './hostile-world.ts';

const { COMMAND_TYPE_START_TIMER: START_TIMER } = proto.temporal.api.enums.v1.CommandType;
let world: HostileWorld;
let product: Product;
let hostile: Client;
let before: Everything;
const everything = (): Promise<Everything> => world.everything();

beforeAll(async () => {
  world = await hostileWorld();
  ({ product, hostile } = world);
});
afterAll(() => product?.close());
beforeEach(async () => {
  before = await everything();
});

describe('whoever reaches Temporal, and has no key,', () => {
  it.each(['openCanary', 'widenSupplier', 'approveTrace'])(
    'moves no gate by %s, whoever he says that he is',
    async (name) => {
      const invented = {
        ...{ requestId: 'mine', tenant: 'closed', actor: 'console ada', reason: 'because' },
        ...{
          expiresAt: '2999-01-01T00:00:00.000000Z',
          suppliers: ['acme'],
          supplier: 'acme',
          eventId: 'good',
        },
        explanation: 'it is newer',
      };
      const gate = await hostile.workflow.start('launchGate', {
        workflowId: 'gate:closed',
        taskQueue: TASK_QUEUE,
        args: [{ tenant: 'closed' }],
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
      const refused: unknown = await gate
        .executeUpdate(name, { args: [invented] })
        .catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(Error);
      expect(await everything()).toEqual(before);
    },
  );

  it('moves no gate by a command that somebody gave for another one, nor by its id again', async () => {
    const expiresAt = seconds(Math.floor(Date.now() / 1000) + 600);
    const given = { name: 'openCanary', said: { suppliers: ['acme'] }, actor: 'console ada' };
    await product.database.gateRequest.createMany({
      data: [
        { ...given, id: 'of-another-tenant', tenantId: 'shop', expiresAtUs: expiresAt },
        { ...given, id: 'of-another-name', tenantId: 'closed', expiresAtUs: expiresAt },
        { ...given, id: 'too-late', tenantId: 'closed', expiresAtUs: 1n },
      ],
    });
    const { gateCommands, ...others } = await everything();
    // Anew for each: one that has nothing to do ends.
    const send = async (name: string, requestId: string): Promise<unknown> => {
      const gate = await hostile.workflow.start('launchGate', {
        workflowId: 'gate:closed',
        taskQueue: TASK_QUEUE,
        args: [{ tenant: 'closed' }],
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
      return gate.executeUpdate(name, { args: [{ requestId, tenant: 'closed' }] });
    };
    const isTold = async (): Promise<boolean> =>
      (await product.database.gateRequest.findUniqueOrThrow({ where: { id: 'too-late' } })).missing !== null;
    for (const [name, requestId] of [
      ['openCanary', 'of-another-tenant'],
      ['widenSupplier', 'of-another-name'],
      ['openCanary', 'too-late'],
    ] as const) {
      await expect(send(name, requestId)).rejects.toThrow(Error);
    }
    await until(async () => {
      if (await isTold()) return true;
      await send('openCanary', 'too-late').catch(() => undefined);
      return isTold();
    });
    const { gateCommands: commands, ...rest } = await everything();
    expect(rest).toEqual(others);
    // That it came too late stands beside it now.
    expect(commands).toEqual(
      gateCommands?.map((row) =>
        (row as { id: string }).id === 'too-late' ? { ...(row as object), missing: [TOO_LATE] } : row,
      ),
    );
  });

  it('changes nothing by resets, signals, cancellations and terminations of what has ended', async () => {
    const { namespace } = hostile.options;
    const handle = hostile.workflow.getHandle('sync:shop:acme:good');
    const { runId } = await handle.describe();
    await hostile.workflowService.resetWorkflowExecution({
      namespace,
      workflowExecution: { workflowId: handle.workflowId, runId },
      workflowTaskFinishEventId: Long.fromNumber(4),
      requestId: 'reset',
      reason: 'because',
    });
    await handle.signal('decide', { outcome: 'lost' }).catch(() => undefined);
    await handle.result().catch(() => undefined);
    await handle.cancel().catch(() => undefined);
    await handle.terminate().catch(() => undefined);
    expect(await everything()).toEqual(before);
  });

  it.each([
    ['replaySupplierEvents', 'replay:mine', { replayId: 'mine' }],
    ['sweepStorefront', 'sweep:mine', { sweepId: 'mine' }],
    ['runFeed', 'feed:shop:night:mine', { runId: 'mine' }],
    ['pruneLedger', 'prune-ledger-mine', undefined],
    ['rollUpSamples', 'gate-roll-up-mine', undefined],
    ['launchGate', 'gate:mine', { tenant: 'mine' }],
    ['launchGate', 'gate:shop-2', { tenant: "shop' OR 1=1 --" }],
  ])('changes nothing by starting %s as %s', async (type, workflowId, input) => {
    const handle = await hostile.workflow.start(type, {
      workflowId,
      taskQueue: TASK_QUEUE,
      args: input === undefined ? [] : [input],
      workflowRunTimeout: '10 seconds',
    });
    await handle.result().catch(() => undefined);
    expect(await everything()).toEqual(before);
  });

  it('delays an event by ending its workflow, which is decided in the end', async () => {
    await product.stopWorkers();
    await record(product.database, 'shop', 'acme', [
      { eventId: 'ended', sku: 'ENDED', quantity: 6, updatedAt: at },
    ]);
    await product.startWorker({ leaseSeconds: 2 });
    for (let tries = 0; tries < 20; tries += 1)
      await hostile.workflow
        .getHandle('sync:shop:acme:ended')
        .terminate('mine')
        .catch(() => undefined);
    const item = await until(
      async () =>
        (await product.database.catalogItem.findUnique({ where: { itemId: 'shop:ENDED' } })) ?? undefined,
      60_000,
    );
    expect(item?.quantity).toBe(6);
  });

  it('delays a replay by a history that no worker of ours goes on with, which is done in the end', async () => {
    const { database } = product;
    await product.stopWorkers();
    const id = await startReplay(database, { sku: 'CHAIR-01' });
    const workflowId = `replay:${id}`;
    await hostile.workflow.start('replaySupplierEvents', {
      ...{ workflowId, taskQueue: TASK_QUEUE, args: [{ replayId: id }] },
    });
    const { namespace } = hostile.options;
    const taskToken = await until(async () => {
      const task = await hostile.workflowService.pollWorkflowTaskQueue({
        ...{ namespace, taskQueue: { name: TASK_QUEUE } },
      });
      return task.workflowExecution?.workflowId === workflowId && task.taskToken;
    });
    const timer = { timerId: '1', startToFireTimeout: { seconds: Long.fromNumber(1) } };
    await hostile.workflowService.respondWorkflowTaskCompleted({
      ...{ namespace, taskToken },
      commands: [{ commandType: START_TIMER, startTimerCommandAttributes: timer }],
    });
    await product.startWorker({ leaseSeconds: 1 });
    const { status } = await follow(database, id);
    expect(status).toMatchObject({ state: 'completed', events: { done: 3 } });
  });
});
