import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { GateRefused } from '../../src/gate/carry-out.ts';
import { giveCommand } from '../../src/gate/give-command.ts';
import { seconds } from '../../src/domain/time.ts';
import { openCanary } from '../../src/gate/open-canary.ts';
import { readGate } from '../../src/gate/read-gate.ts';
import { readBacklog } from '../../src/ledger/backlog.ts';
import { readGauges } from '../../src/signals/read-gauges.ts';
import { createRandom } from '../../src/start/sample-feed/random.ts';
import { closedTenant, command, confirmAll } from '../gate/launch.ts';
import { faultFeed, sendFaultFeed } from '../support/faults/feed.ts';
import { findWrong } from '../support/faults/oracle.ts';
import { say } from '../support/faults/parts.ts';
import { faultProduct, type FaultProduct } from '../support/faults/product.ts';
import { untilSettled, untilStanding } from '../support/faults/settle.ts';
import { jumpingClock } from '../support/jumping-clock.ts';
import { record } from '../support/record.ts';
import { until } from '../support/until.ts';

const SEED = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 1_000_000));
const COUNT = 80;
/** Less than the hours that the clock jumps by far: what would wait for it waits for good. */
const SETTLE_MS = 120_000;
const CANARY = 'clock-canary';

let product: FaultProduct;
let clock: Awaited<ReturnType<typeof jumpingClock>>;

beforeAll(async () => {
  say(`FAULT_SEED=${SEED}`);
  process.env.GATE_SAMPLE_SECONDS = '1';
  product = await faultProduct();
  delete process.env.GATE_SAMPLE_SECONDS;
  clock = await jumpingClock(product.sql);
});
afterAll(() => product?.close());

describe('a clock of the database that jumps by three hours while events flow', () => {
  it.each([
    ['forwards', 3],
    ['back', 0],
    ['back to before all that there is', -3],
  ])('%s: nothing is lost or waits, and no winner is wrong', async (name, hours) => {
    onTestFailed(() => say(product.lastWords()));
    const tenant = `clock-${name.split(' ').length}-${name.slice(0, 4)}`;
    const random = createRandom(SEED);
    const secrets = await product.openTenant(tenant);
    const events = faultFeed(random, { tenant, count: COUNT, skus: 20 });
    // So that claims and attempts are under way.
    product.storefront.control.delayMs = 1_500;
    try {
      const sent = sendFaultFeed(product, { tenant, secrets, events, random, burst: COUNT / 2 });
      sent.catch(() => undefined);
      await untilStanding(product, tenant, ({ decided, due }) => decided > 5 && due > 10, {
        ...{ what: 'events under way', withinMs: SETTLE_MS, everyMs: 20 },
      });
      await clock.hoursOff(hours);
      const { acknowledged } = await sent;
      product.storefront.control.delayMs = 0;
      const ages = (await readBacklog(product.database)).map(
        ({ oldestPendingSeconds }) => oldestPendingSeconds,
      );
      expect(Math.min(...ages)).toBeGreaterThanOrEqual(0);
      await untilSettled(product, tenant, SETTLE_MS);
      expect(acknowledged).toHaveLength(COUNT);
      expect(await findWrong(product, tenant, acknowledged)).toEqual([]);
    } finally {
      product.storefront.control.delayMs = 0;
    }
  });

  it('leaves a canary’s verdict inconclusive rather than wrong, and its gate goes on sampling', async () => {
    onTestFailed(() => say(product.lastWords()));
    await clock.hoursOff(0);
    await closedTenant(product.database, CANARY, ['acme', 'globex']);
    await confirmAll(product.database, CANARY);
    await openCanary(product.database, { ...(await command(product.database, CANARY)), suppliers: ['acme'] });
    await record(
      product.database,
      CANARY,
      'acme',
      Array.from({ length: 20 }, (_, index) => ({
        ...{
          eventId: `e-${index}`,
          sku: `CHAIR-${index}`,
          quantity: index,
          updatedAt: seconds(1_780_000_000),
        },
      })),
    );
    // Whatever is asked of it, the gate begins to sample.
    const asked = { tenant: CANARY, supplier: 'globex', actor: 'ada', reason: 'too early' };
    const widen = giveCommand(product, 'widenSupplier', asked);
    await expect(widen).rejects.toThrow(GateRefused);
    const samples = async (): Promise<number> =>
      product.database.signalSample.count({ where: { tenantId: CANARY } });
    await until(async () => (await samples()) > 0, SETTLE_MS);
    // What is under way while the clock jumps forwards does look late.
    await untilSettled(product, CANARY, SETTLE_MS);
    for (const hours of [3, 0, -3]) {
      await clock.hoursOff(hours);
      const before = await samples();
      await until(async () => (await samples()) > before, SETTLE_MS);
      await sleep(1_000);
      const gate = await readGate(product.database, CANARY);
      expect([hours, gate?.verdict]).not.toEqual([hours, 'miss']);
      const gauges = await readGauges(product.database);
      const own = gauges.find(({ tenant }) => tenant === CANARY);
      expect(own?.sampleAgeSeconds).toBeGreaterThanOrEqual(0);
      expect(own?.signals.filter(({ verdict }) => verdict === 'miss')).toEqual([]);
    }
  });
});
