import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { GateRefused } from '../../src/gate/carry-out.ts';
import { giveCommand, GateUnavailable } from '../../src/gate/give-command.ts';
import { confirmAll } from '../gate/launch.ts';
import { record } from '../support/record.ts';
import { follow, settled, startReplay } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { at, hostileWorld, type HostileWorld } from './hostile-world.ts';
import { rogueWorker, type RogueWorker } from './rogue-worker.ts';

const COUNT = 24;
/** Each is started again, and told again, after about as long as it was kept from it: twice the time that the rogue may take. */
const ROGUE_FOR_MS = 90_000;
let world: HostileWorld;
let rogue: RogueWorker | undefined;

beforeAll(async () => {
  world = await hostileWorld();
});
afterEach(() => rogue?.stop());
afterAll(() => world?.product.close());

const open = () =>
  giveCommand(world.product, 'openCanary', {
    tenant: 'closed',
    actor: 'ada',
    reason: 'release',
    suppliers: ['acme'],
  });

it('a worker of somebody else on our queues only delays', async () => {
  const { product, hostile } = world;
  const { database, storefront } = product;
  // So that publications wait on a queue, where it can take them.
  storefront.control.failStatus = 503;
  rogue = rogueWorker(hostile);
  await record(
    database,
    'shop',
    'acme',
    Array.from({ length: COUNT }, (_, no) => ({
      ...{ eventId: `e-${no}`, sku: `ITEM-${no}`, quantity: no, updatedAt: at },
    })),
  );
  const replayId = await startReplay(database, { sku: 'CHAIR-01' });
  const { answered } = rogue;
  await until(async () => {
    const said: unknown = await open().catch((error: unknown) => error);
    // Nothing of the checklist is confirmed, whatever it says.
    expect(said instanceof GateRefused || said instanceof GateUnavailable).toBe(true);
    return answered.workflows >= 3 && answered.activities >= 4;
  }, ROGUE_FOR_MS);
  await rogue.stop();
  storefront.control.failStatus = null;

  await until(
    async () =>
      (await database.catalogItemVersion.count({ where: { publication: 'accepted' } })) === COUNT + 1,
    2 * ROGUE_FOR_MS,
  );
  await settled(database);
  const items = await database.catalogItem.findMany({ where: { sku: { startsWith: 'ITEM-' } } });
  expect(items.map(({ sku, quantity }) => `${sku} ${quantity}`).toSorted()).toEqual(
    Array.from({ length: COUNT }, (_, no) => `ITEM-${no} ${no}`).toSorted(),
  );
  expect(await database.catalogItem.count()).toBe(COUNT + 1);
  const { status } = await follow(database, replayId);
  expect(status).toMatchObject({ state: 'completed', events: { done: 3, failed: 0 } });
  await confirmAll(database, 'closed');
  expect(await open()).toMatchObject({ state: 'canary' });
  expect(await database.auditEntry.count({ where: { action: 'gate.open' } })).toBe(1);
}, 360_000);
