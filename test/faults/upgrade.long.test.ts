import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { readMigrations } from '../../src/database/migration-state.ts';
import { createRandom } from '../../src/start/sample-feed/random.ts';
import { runCli as runFaultCli } from '../support/faults/cli.ts';
import { faultFeed, newSending, sendFaultFeed } from '../support/faults/feed.ts';
import { findWrong } from '../support/faults/oracle.ts';
import { say } from '../support/faults/parts.ts';
import { faultProduct, SUPPLIERS, type FaultProduct } from '../support/faults/product.ts';
import { untilSettled } from '../support/faults/settle.ts';
import { buildFormerRelease, fromFormerRelease, noFormerRelease } from '../support/system/former-release.ts';
import { parseSecret } from '../../src/standard-webhooks/secret.ts';
import {
  leavePlace,
  runCliOf,
  sql,
  startProduct,
  takePlace,
  type Place,
  type RunningStart,
} from '../support/system/start.ts';
import { senderOf, type Sender } from '../support/system/supplier.ts';
import { until } from '../support/until.ts';

const TENANT = 'shop';
const SUPPLIER = 'acme';
const SEED = Number(process.env.FAULT_SEED ?? 1);
const EVENTS = 60;
const EVENTS_EACH = 150;
const SKUS = 20;
const WITHIN_MS = 150_000;
/** Its packages may have to come from afar. */
const BUILT_WITHIN_MS = 900_000;
const NO_SAMPLE = { args: ['--no-sample'], withinMs: 180_000 };

let former: string;
let place: Place;

// The release before is built, and started twice: CI has the time.
describe.runIf(noFormerRelease === undefined && (process.env.CI ?? process.env.FAULTS))(
  `an upgrade ${fromFormerRelease}, with events in flight`,
  () => {
    beforeAll(() => {
      former = buildFormerRelease();
    }, BUILT_WITHIN_MS);
    afterEach(() => leavePlace(place));

    it('that is killed: nothing is lost, and what was under way ends', async () => {
      place = await takePlace();
      let product = await startProduct(place, { ...NO_SAMPLE, root: former });
      const sender = await openSenderOfFormer(product);
      const send = async (from: number, to: number): Promise<void> => {
        const events = Array.from({ length: to - from }, (_, index) => eventOf(from + index));
        expect((await sender.post(events)).status).toBe(202);
      };
      await send(0, 10);
      await until(async () => (await standing()).waiting === 0, WITHIN_MS);
      await fetch(`${product.urls.storefront}/control`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ failStatus: 503 }),
      });
      await send(10, 40);
      // Some wait for their storefront as activities, some are on their way.
      await until(async () => (await standing()).tried >= 10, WITHIN_MS);
      await send(40, EVENTS);
      const before = await standing();
      expect(before.waiting).toBeGreaterThan(20);

      process.kill(product.pid, 'SIGKILL');
      await product.ended;
      product = await startProduct(place, NO_SAMPLE);
      await until(async () => (await standing()).waiting === 0, WITHIN_MS);

      expect(await standing()).toMatchObject({ events: EVENTS, undecided: 0, untold: 0 });
      const items = await sql<{ sku: string; quantity: number }>(
        product,
        'SELECT sku, quantity FROM catalog_item WHERE tenant_id = $1',
        [TENANT],
      );
      expect(Object.fromEntries(items.map(({ sku, quantity }) => [sku, quantity]))).toEqual(
        Object.fromEntries(Array.from({ length: SKUS }, (_, no) => [`SKU-${no}`, EVENTS - SKUS + no])),
      );
      const applied = await sql<{ migration_name: string }>(
        product,
        'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY 1',
      );
      expect(applied.map((row) => row.migration_name)).toEqual(
        [...(await readMigrations()).keys()].toSorted(),
      );
      // A history that the workflow code of today cannot go on with fails its workflow tasks, again and again.
      expect(readFileSync(path.join(place.dataDir, 'logs/worker.log'), 'utf8')).not.toMatch(
        /nondeterminism/i,
      );
      // The list lags behind.
      const query = encodeURIComponent(`ExecutionStatus = "Running" AND WorkflowType = "syncSupplierEvent"`);
      await until(async () => {
        const answer = await fetch(
          `${product.urls.temporalUi}/api/v1/namespaces/default/workflows?query=${query}`,
        );
        const { executions = [] } = (await answer.json()) as { executions?: unknown[] };
        return answer.ok && executions.length === 0;
      }, WITHIN_MS);

      async function standing(): Promise<
        Record<'events' | 'undecided' | 'waiting' | 'tried' | 'untold', number>
      > {
        const [row] = await sql<Record<'events' | 'undecided' | 'waiting' | 'tried' | 'untold', number>>(
          product,
          `SELECT count(*)::integer AS events, count(*) FILTER (WHERE decision IS NULL)::integer AS undecided,
                  count(*) FILTER (WHERE start_due_us IS NOT NULL)::integer AS waiting,
                  (SELECT count(*)::integer FROM publish_attempt WHERE status = 'failed') AS tried,
                  (SELECT count(*)::integer FROM catalog_item i JOIN catalog_item_version v USING (item_id, version)
                    WHERE v.publication <> 'accepted') AS untold
             FROM supplier_event`,
        );
        if (!row) throw new Error('no row');
        return row;
      }
    });
  },
);

describe.runIf(noFormerRelease === undefined && (process.env.CI ?? process.env.FAULTS))(
  `servers and workers of the release before and of this one, ${fromFormerRelease}`,
  () => {
    let product: FaultProduct;
    beforeAll(async () => {
      former = buildFormerRelease();
      product = await faultProduct({ root: former });
    }, BUILT_WITHIN_MS);
    afterAll(() => product?.close());

    it('side by side, and the former alone again, with events in flight: none is lost, none told with other content', async () => {
      onTestFailed(() => say(product.lastWords()));
      const random = createRandom(SEED);
      const secrets = await openTenantBy(former, product);
      const events = faultFeed(random, { tenant: TENANT, count: EVENTS_EACH * 3, skus: 90 });
      const sending = newSending();
      const servers = [product.apiUrl];
      let turn = 0;
      const api = {
        get apiUrl() {
          turn += 1;
          return servers[turn % servers.length] ?? '';
        },
      };
      /** Sends a third of the events, and changes something while they arrive. */
      const meanwhile = async (third: number, change: () => Promise<void>): Promise<void> => {
        const own = events.slice(third * EVENTS_EACH, (third + 1) * EVENTS_EACH);
        const before = sending.acknowledged.length;
        const sent = sendFaultFeed(api, { tenant: TENANT, secrets, events: own, random, sending, burst: 30 });
        sent.catch(() => undefined);
        await until(async () => sending.acknowledged.length > before + 20, WITHIN_MS, 20);
        await change();
        await sent;
      };

      let next: { url: string; kill(): Promise<void>; stop(): Promise<string> }[] = [];
      await meanwhile(0, async () => {
        product.storefront.control.failStatus = 503;
        expect(await product.setUp(projectRoot())).toContain('scheduled');
        next = await Promise.all(
          (['server', 'worker'] as const).map((service) =>
            product.another(service, { root: projectRoot(), called: `next-${service}` }),
          ),
        );
        servers.push(next[0]?.url ?? '');
      });
      say('both releases run');
      await meanwhile(1, async () => {
        servers.shift();
        expect(await product.parts.server.stop()).toBe('exit code 0');
        await product.parts.worker.kill();
      });
      say('only this release runs; now back');
      await meanwhile(2, async () => {
        // As `docker compose up` does with the image of before.
        await product.setUp(former);
        await Promise.all([product.parts.server.start(), product.parts.worker.start()]);
        servers.unshift(product.apiUrl);
        servers.pop();
        expect(await next[0]?.stop()).toBe('exit code 0');
        await next[1]?.kill();
      });
      product.storefront.control.failStatus = null;
      await untilSettled(product, TENANT, WITHIN_MS);

      expect(sending.acknowledged).toHaveLength(events.length);
      expect(await findWrong(product, TENANT, sending.acknowledged)).toEqual([]);
      const workers = await product.sql('SELECT DISTINCT started_by FROM supplier_event');
      expect(workers.length).toBeGreaterThan(1);
      for (const part of ['worker', 'next-worker'])
        expect(product.logOf(part)).not.toMatch(/nondeterminism/i);
    });
  },
);

/** By its own commands: code of today does not know its tables. */
async function openTenantBy(root: string, product: FaultProduct): Promise<Record<string, Buffer>> {
  const ask = async (...args: string[]): Promise<Record<string, unknown>> => {
    const command = runFaultCli(product, [...args, '--state', 'open', '--reason', 'fault tests'], root);
    const code = await command.ended;
    expect({ code, stderr: command.stderr() }).toMatchObject({ code: 0 });
    return command.values[0] ?? {};
  };
  await ask('tenant', 'add', TENANT);
  const secrets: Record<string, Buffer> = {};
  for (const supplier of SUPPLIERS) {
    const { secret } = await ask('supplier', 'add', supplier, '--tenant', TENANT);
    secrets[supplier] = parseSecret(String(secret));
  }
  return secrets;
}

/** The same, of a product on one machine. */
async function openSenderOfFormer({ urls }: RunningStart): Promise<Sender> {
  const ask = async (...args: string[]): Promise<string> => {
    const flags = ['--state', 'open', '--reason', 'system test', '--json'];
    const { code, stdout, stderr } = await runCliOf(former, place, ...args, ...flags);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return stdout;
  };
  await ask('tenant', 'add', TENANT);
  const { secret } = JSON.parse(await ask('supplier', 'add', SUPPLIER, '--tenant', TENANT)) as {
    secret: string;
  };
  return senderOf(urls, TENANT, SUPPLIER, parseSecret(secret));
}

/** The later ones win. */
function eventOf(no: number): { id: string; sku: string; quantity: number; updatedAt: string } {
  const at = Date.parse('2026-06-01T10:00:00Z') + no * 1_000;
  return { id: `e-${no}`, sku: `SKU-${no % SKUS}`, quantity: no, updatedAt: new Date(at).toISOString() };
}
