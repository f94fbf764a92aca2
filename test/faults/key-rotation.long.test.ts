import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { ringOf } from '../../src/access/secrets/key-ring.ts';
import { addSupplierSecret } from '../../src/access/supplier-secrets.ts';
import { createRandom } from '../../src/start/sample-feed/random.ts';
import { runCli } from '../support/faults/cli.ts';
import { faultFeed, newSending, sendFaultFeed } from '../support/faults/feed.ts';
import { findWrong } from '../support/faults/oracle.ts';
import { say } from '../support/faults/parts.ts';
import { faultProduct, type FaultProduct } from '../support/faults/product.ts';
import { untilSettled } from '../support/faults/settle.ts';
import { untilAllWait } from '../support/faults/waiting.ts';
import { openTenant } from '../support/flags.ts';

const WAIT_MS = 240_000;
const TENANT = 'rotation';
/** So many secrets besides, so that the rotation takes a while. */
const OTHERS = 1_500;

let product: FaultProduct;

beforeAll(async () => {
  product = await faultProduct();
});
afterAll(() => product?.close());

async function restart(): Promise<void> {
  for (const part of [product.parts.server, product.parts.worker]) {
    await part.stop();
    await part.start();
  }
}

it('secrets rotate under load: no request is refused, no event lost, and waiting workflows go on', async () => {
  onTestFailed(() => say(product.lastWords()));
  const random = createRandom(Number(process.env.FAULT_SEED ?? 1));
  const secrets = await product.openTenant(TENANT);
  const old = product.secretsKeys;
  await openTenant(product.database, 'others', ['acme']);
  for (let no = 0; no < OTHERS; no += 1) await addSupplierSecret(product.database, old, 'others', 'acme');

  const events = faultFeed(random, { tenant: TENANT, count: 6_000, skus: 300, orderly: true });
  const waiting = events.splice(0, 20);
  product.storefront.control.failStatus = 503;
  await sendFaultFeed(product, { tenant: TENANT, secrets, events: waiting, random });
  await untilAllWait(product, waiting, /HTTP 503/, WAIT_MS);

  const fresh = ringOf(randomBytes(32));
  product.useKeys([...fresh, ...old]);
  await restart();
  const sending = newSending();
  const rotation = runCli(product, ['secrets', 'rotate', '--reason', 'test']);
  let over = false;
  void rotation.ended.then(() => (over = true));
  let sent = 0;
  // A little longer than the rotation: all that comes after it, too.
  for (let after = 0; after < 2; after += over ? 1 : 0) {
    const chunk = events.slice(sent, sent + 100);
    expect(chunk).toHaveLength(100);
    sent += chunk.length;
    await sendFaultFeed(product, { tenant: TENANT, secrets, events: chunk, random, sending });
  }
  expect([await rotation.ended, rotation.stderr()]).toEqual([0, expect.stringContaining(old[0].id)]);
  expect(rotation.values).toEqual([
    {
      keyId: fresh[0].id,
      suppliers: OTHERS + 2,
      storefronts: 0,
      feeds: 0,
      channels: 0,
      closed: [],
      retired: [old[0].id],
    },
  ]);
  expect(Object.keys(sending.answers)).toEqual(['202']);
  say(`${sending.answers['202']} requests during the rotation`);

  product.storefront.control.failStatus = null;
  await untilSettled(product, TENANT, WAIT_MS);
  expect(await findWrong(product, TENANT, [...waiting, ...sending.acknowledged])).toEqual([]);
  // None was begun anew: each seal was still ours.
  for (const { eventId } of waiting) {
    const row = await product.database.supplierEvent.findFirstOrThrow({ where: { eventId } });
    expect(await product.client.workflow.getHandle(row.workflowId).result()).toMatchObject({
      outcome: 'won',
    });
  }

  product.useKeys(fresh);
  await restart();
  const last = events.slice(sent, sent + 20);
  const alone = await sendFaultFeed(product, { tenant: TENANT, secrets, events: last, random });
  expect(Object.keys(alone.answers)).toEqual(['202']);
  await untilSettled(product, TENANT, WAIT_MS);
}, 600_000);
