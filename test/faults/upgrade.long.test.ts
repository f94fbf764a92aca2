import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readMigrations } from '../../src/database/migration-state.ts';
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
const EVENTS = 60;
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

    it.each(['stopped', 'killed'])(
      'that is %s: nothing is lost, and what was under way ends',
      async (how) => {
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

        process.kill(product.pid, how === 'killed' ? 'SIGKILL' : 'SIGTERM');
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
        const query = encodeURIComponent(
          `ExecutionStatus = "Running" AND WorkflowType = "syncSupplierEvent"`,
        );
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
      },
    );
  },
);

/** By its own commands: code of today does not know its tables. */
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
