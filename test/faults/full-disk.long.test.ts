import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { createRandom } from '../../src/start/sample-feed/random.ts';
import { faultFeed, newSending, post, sendFaultFeed } from '../support/faults/feed.ts';
import { findWrong } from '../support/faults/oracle.ts';
import { say } from '../support/faults/parts.ts';
import { faultProduct, type FaultProduct } from '../support/faults/product.ts';
import { untilSettled } from '../support/faults/settle.ts';
import { noSmallDisk, onSmallDisk, smallDisk, type SmallDisk } from '../support/small-disk.ts';
import { leavePlace, runCli, takePlace } from '../support/system/start.ts';
import { until } from '../support/until.ts';

const SEED = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 1_000_000));
/** A new cluster, Temporal's file, and some room. */
const MEGABYTES = 320;
const FULL_MS = 6_000;
const SETTLE_MS = 180_000;
const TENANT = 'full-disk';

let disk: SmallDisk;
let product: FaultProduct;

describe.skipIf(noSmallDisk)(`PostgreSQL, Temporal and all logs ${onSmallDisk}`, () => {
  beforeAll(async () => {
    say(`FAULT_SEED=${SEED}`);
    disk = smallDisk(MEGABYTES);
    product = await faultProduct({ folder: disk.folder });
  });
  afterAll(async () => {
    disk?.free();
    await product?.close();
    disk?.remove();
  });

  it('that runs full: events are taken or refused with a 503, none that was taken is lost', async () => {
    onTestFailed(() => say(product.lastWords()));
    const random = createRandom(SEED);
    const secrets = await product.openTenant(TENANT);
    const events = faultFeed(random, { tenant: TENANT, count: 300, skus: 60 });
    const sending = newSending();
    await sendFaultFeed(product, { tenant: TENANT, secrets, events: events.slice(0, 60), random, sending });
    await untilSettled(product, TENANT, SETTLE_MS);

    disk.fill();
    const sent = sendFaultFeed(product, {
      ...{ tenant: TENANT, secrets, events: events.slice(60), random, sending },
    });
    sent.catch(() => undefined);
    const end = Date.now() + FULL_MS;
    const refusals: Awaited<ReturnType<typeof post>>[] = [];
    for (let no = 0; Date.now() < end || refusals.length < 20; no += 1) {
      disk.fill();
      const body = JSON.stringify(bulk(no));
      const answer = await post(product.apiUrl, {
        ...{ tenant: TENANT, supplier: 'acme', id: `bulk-${no}`, secret: secrets.acme as Buffer, body },
      });
      if (answer?.status === 202) {
        for (const { id, sku, quantity } of bulk(no)) {
          sending.acknowledged.push({
            ...{ supplier: 'acme', eventId: id, sku, quantity, updatedAt: 1_700_000_000_000_000n },
            itemId: `${TENANT}:${sku}`,
          });
        }
      } else refusals.push(answer);
      await sleep(20);
    }
    say(`${refusals.length} refusals, the first: ${refusals[0]?.text}`);
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ status: 503, contentType: 'application/problem+json' });
      expect(JSON.parse(refusal?.text ?? '')).toMatchObject({ code: 'database_unavailable' });
    }
    expect(refusals.length).toBeGreaterThanOrEqual(20);
    disk.free();
    // As whoever keeps them running does.
    for (const part of Object.values(product.parts)) {
      say(`${part.name}: ${part.ended() ?? 'runs'}`);
      if (part.ended() !== undefined) await part.start();
    }
    await sent;
    await untilSettled(product, TENANT, SETTLE_MS);
    expect(Object.keys(sending.answers).filter((answer) => answer !== '202' && answer !== '503')).toEqual([]);
    expect(await findWrong(product, TENANT, sending.acknowledged)).toEqual([]);
    await until(async () => /no space left on device/i.test(product.logOf('server')));
  });
});

describe.skipIf(noSmallDisk)(`a first start, its data folder ${onSmallDisk}`, () => {
  it.each([
    ['full', 2],
    ['full before PostgreSQL has its files', 24],
  ])('that is %s: it ends with a sentence', async (_, megabytes) => {
    const small = smallDisk(megabytes);
    const place = await takePlace();
    try {
      place.environment['DATA_DIR'] = small.folder;
      if (megabytes === 2) small.fill();
      const { code, stdout, stderr } = await runCli(place, 'start');
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/error: There is no space left on a disk: .+\nMake room and do it again; /);
      expect(stderr).not.toMatch(/^ +at /m);
    } finally {
      await leavePlace({ ...place, dataDir: small.folder });
      await leavePlace(place);
      small.remove();
    }
  });
});

/** So many that a table and its indexes have to grow. */
function bulk(no: number): { id: string; sku: string; quantity: number; updatedAt: string }[] {
  return Array.from({ length: 100 }, (_, index) => ({
    id: `bulk-${no}-${index}-${'x'.repeat(100)}`,
    sku: `BULK-${no % 5}-${index}`,
    quantity: no,
    updatedAt: '2023-11-14T22:13:20Z',
  }));
}
