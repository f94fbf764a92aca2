import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatTime } from '../../src/domain/time.ts';
import { readRunFile } from '../../src/embedded/run-file.ts';
import { SAMPLE_TENANT, sampleSkus } from '../../src/start/sample-feed/sample-feed.ts';
import { SUMMED_TENANT } from '../../src/start/sample-feed/summed-story.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { missingOf } from '../support/system/asked-metrics.ts';
import { familyOf, processesNaming, remainders } from '../support/system/processes.ts';
import { everyMetricName } from '../support/system/metrics.ts';
import { expectedSample, type ExpectedSample } from '../support/system/sample.ts';
import {
  leavePlace,
  runCli,
  sql,
  startProduct,
  takePlace,
  type Place,
  type RunningStart,
} from '../support/system/start.ts';
import { openSenders } from '../support/system/supplier.ts';
import { until } from '../support/until.ts';
import { hasVarnish } from '../support/varnish.ts';

interface ItemRow {
  item_id: string;
  sku: string;
  quantity: number;
  updated_at_us: string;
  supplier_id: string;
  event_id: string;
  version: number;
}

let place: Place;
let product: RunningStart;
let expected: ExpectedSample;

const items = () =>
  sql<ItemRow>(
    product,
    `SELECT item_id, sku, quantity, updated_at_us::text, supplier_id, event_id, version
       FROM catalog_item WHERE tenant_id = $1 ORDER BY item_id COLLATE "C"`,
    [SAMPLE_TENANT],
  );

/** Everything that a restart has to leave as it was. */
const ledger = () =>
  sql(
    product,
    `SELECT (SELECT count(*) FROM supplier_event) AS events, (SELECT count(*) FROM duplicate_delivery) AS duplicates,
            (SELECT count(*) FROM catalog_item_version) AS versions,
            (SELECT md5(string_agg(i::text, '|' ORDER BY item_id)) FROM catalog_item i) AS items`,
  );

beforeAll(async () => {
  place = await takePlace();
  product = await startProduct(place);
  expected = expectedSample(place.dataDir);
});

afterAll(() => leavePlace(place));

// The tests of this file are one story: each goes on with the start that the ones before it left.
describe('the first start', () => {
  it('ends with a table of what became of the sample feed, which says what the ledger says', async () => {
    const rows = [...product.stdout().matchAll(/^│ ([a-z_ ()]+?) +│ +(\d+) │/gm)];
    const table = Object.fromEntries(rows.map(([, name, count]) => [name, Number(count)]));
    const [row] = await sql<Record<string, number>>(
      product,
      `SELECT count(*) FILTER (WHERE decision IN ('won', 'superseded'))::integer AS decided,
              count(*) FILTER (WHERE decision = 'rejected' AND failure_mode = 'malformed_sku')::integer AS malformed,
              count(*) FILTER (WHERE decision = 'rejected' AND failure_mode = 'clock_drift')::integer AS drifted,
              count(*)::integer AS events,
              (SELECT count(*)::integer FROM catalog_item WHERE tenant_id = $1) AS items,
              (SELECT count(*)::integer FROM duplicate_delivery WHERE NOT conflict) AS duplicates
         FROM supplier_event WHERE tenant_id = $1`,
      [SAMPLE_TENANT],
    );
    const { decided = 0, malformed, drifted, events, items: itemCount = 0, duplicates } = row ?? {};
    expect(table).toEqual({
      won: itemCount,
      superseded: decided - itemCount,
      'rejected (malformed_sku)': malformed,
      'rejected (clock_drift)': drifted,
      duplicate: duplicates,
    });
    expect({ events, duplicates, items: itemCount, malformed, drifted }).toEqual({
      events: expected.events,
      duplicates: expected.duplicates,
      items: expected.winners.size,
      malformed: expected.rejected['malformed_sku'],
      drifted: expected.rejected['clock_drift'],
    });
  });

  it('has in each item the winner that the feed alone names', async () => {
    const found = (await items()).map(({ sku, quantity, updated_at_us, supplier_id, event_id }) => [
      sku,
      { supplier: supplier_id, eventId: event_id, quantity, updatedAt: BigInt(updated_at_us) },
    ]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected.winners));
  });

  it('leaves an API that is ready and a Web UI that lists the workflows', async () => {
    expect((await fetch(`${product.urls.api}/readyz`)).status).toBe(200);
    const listed = await uiApi('workflows?pageSize=5');
    expect(listed['executions']).toHaveLength(5);
  });

  it('has every process in the database as a role of its own, none as its owner or a superuser', async () => {
    const rows = await sql<{ name: string }>(
      product,
      `SELECT DISTINCT usename::text AS name FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual(
      ['operator', 'server', 'worker'].map((role) => `catalog_sync_${role}`),
    );
    const passwords = path.join(place.dataDir, 'postgres-roles.json');
    expect(statSync(passwords).mode & 0o777).toBe(0o600);
    const doctor = await runCli(place, 'doctor', '--json');
    const checks = doctor.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>);
    for (const name of ['database role', 'functions and rights'])
      expect(checks.find((check) => check['name'] === name)).toMatchObject({ status: 'ok' });
  });

  it('prints one link, which signs one person in to the console', async () => {
    const links = [...product.stdout().matchAll(/^console +(\S+)$/gm)].map(([, link]) => new URL(link ?? ''));
    expect(links.map(({ origin, pathname }) => origin + pathname)).toEqual([`${product.urls.api}/sign-in`]);
    const ticket = new URLSearchParams(links[0]?.hash.slice(1)).get('ticket');
    const signIn = () =>
      fetch(`${product.urls.api}/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ticket }),
      });
    const answer = await signIn();
    expect([answer.status, await answer.json()]).toMatchObject([201, { role: 'admin', tenant: null }]);
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    const tenants = await fetch(`${product.urls.api}/v1/tenants`, { headers: { cookie } });
    expect(await tenants.json()).toMatchObject({
      tenants: [
        { tenant: SAMPLE_TENANT, items: expected.winners.size },
        { tenant: SUMMED_TENANT, items: 4 },
      ],
    });
    expect((await signIn()).status).toBe(401);
    const page = await fetch(`${product.urls.api}/`, { headers: { accept: 'text/html' } });
    expect(await page.text()).toContain('<script type="module"');
  });

  it('shows the quantity of the catalog on every product page', async () => {
    const printed = /^product page +(\S+)$/m.exec(product.stdout())?.[1];
    expect(printed).toBe(`${product.urls.storefront}/products/${(await items())[0]?.item_id}`);
    const shown: [itemId: string, quantity: number][] = [];
    for (const { item_id } of await items()) {
      const page = await (await fetch(`${product.urls.storefront}/products/${item_id}`)).text();
      shown.push([item_id, Number(/<dd id="quantity">(\d+)<\/dd>/.exec(page)?.[1])]);
    }
    expect(shown).toEqual((await items()).map(({ item_id, quantity }) => [item_id, quantity]));
  });

  it.skipIf(!hasVarnish())('has a cache before the shop, whose pages go from old to new', async () => {
    const printed = /^through a cache +(\S+) +\(Varnish\)$/m.exec(product.stdout())?.[1] ?? '';
    const { origin, pathname } = new URL(printed);
    expect(pathname).toBe(`/products/${(await items())[0]?.item_id}`);
    const page = async (itemId: string) => {
      const answer = await fetch(`${origin}/products/${itemId}`);
      const quantity = /<dd id="quantity">(\d+)<\/dd>/.exec(await answer.text())?.[1];
      // Two numbers: this request's, and that of the one that fetched the page.
      return { quantity, kept: answer.headers.get('x-varnish')?.includes(' ') };
    };
    const [sender] = await openSenders(place, product, SAMPLE_TENANT, ['cached']);
    const send = async (quantity: number) => {
      const updatedAt = formatTime(nowMicros());
      const sent = await sender?.post({ id: `cached-${quantity}`, sku: 'cached-01', quantity, updatedAt });
      expect(sent?.status).toBe(202);
      // Until the cache is told, too, it may still throw away what it has just fetched.
      await until(async () => {
        const [told] = await sql<{ is: boolean }>(
          product,
          `SELECT publication = 'accepted' AS is FROM catalog_item_version
            WHERE item_id = 'canary:CACHED-01' AND quantity = $1`,
          [quantity],
        );
        return told?.is;
      });
      await until(async () => (await page('canary:CACHED-01')).quantity === String(quantity));
    };
    await send(1);
    expect(await page('canary:CACHED-01')).toEqual({ quantity: '1', kept: true });
    expect(await page('canary%3aCACHED-01')).toEqual({ quantity: '1', kept: true });
    await send(2);
    const told = await sql<{ told: string }>(
      product,
      `SELECT version || ' ' || storefront || ' ' || status AS told FROM publish_attempt
        WHERE item_id = 'canary:CACHED-01' ORDER BY id`,
    );
    expect(told.map((row) => row.told)).toEqual([
      ...['1 shop accepted', '1 cache accepted', '2 shop accepted', '2 cache accepted'],
    ]);
  });

  it("shows what the suppliers of the second tenant's items have together, less what is kept back", async () => {
    const quantities = await sql<{ sku: string; quantity: number }>(
      product,
      'SELECT sku, quantity FROM catalog_item WHERE tenant_id = $1 ORDER BY sku COLLATE "C"',
      [SUMMED_TENANT],
    );
    expect(quantities.map(({ sku, quantity }) => [sku, quantity])).toEqual([
      ['KAYAK-01', 6],
      ['LANTERN-01', 3],
      ['STOVE-01', 0],
      ['TENT-01', 19],
    ]);
    const page = await (await fetch(`${product.urls.storefront}/products/${SUMMED_TENANT}:TENT-01`)).text();
    expect(page).toContain('<dd id="quantity">19</dd>');
    expect(product.stdout()).toContain('npx catalog-sync trace TENT-01');
    const { stdout } = await runCli(place, 'trace', 'TENT-01');
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'outlet:TENT-01 is 19: initech 15 (north 12 (i-3) + south 3 (i-2)) + umbrella 6 (u-1) − 2 kept back',
    );
  });

  it('serves every metric of ours and those of the Temporal SDK, and no SKU or event id in them', async () => {
    const all = await metricsPages();
    const names = new Set([...all.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]));
    expect([...names]).toEqual(expect.arrayContaining(await everyMetricName()));
    expect([...names]).toContain('temporal_workflow_completed_total');
    expect([...names]).toContain('temporal_worker_task_slots_available');
    expect(all).not.toContain(expected.stamp);
    for (const sku of sampleSkus()) expect(all.toUpperCase()).not.toContain(sku);
  });
});

describe('the command line beside a running start', () => {
  it('traces a SKU, an item id and an event id to the winner that the feed names', async () => {
    const skus = [...expected.winners.keys()].toSorted();
    const keys: [key: string, sku: string][] = [
      [skus[0] ?? '', skus[0] ?? ''],
      [`${SAMPLE_TENANT}:${skus[17]}`, skus[17] ?? ''],
      [expected.winners.get(skus[31] ?? '')?.eventId ?? '', skus[31] ?? ''],
    ];
    for (const [key, sku] of keys) {
      const { code, stdout } = await runCli(place, 'trace', key, '--json');
      expect(code).toBe(0);
      const trace = JSON.parse(stdout) as Trace;
      const winner = expected.winners.get(sku);
      expect(trace.item).toMatchObject({
        sku,
        quantity: winner?.quantity,
        updatedAt: formatTime(winner?.updatedAt ?? 0n),
        supplier: winner?.supplier,
        eventId: winner?.eventId,
      });
      expect(trace.events.filter(({ outcome }) => outcome === 'won').map(({ eventId }) => eventId)).toEqual([
        winner?.eventId,
      ]);
      expect(trace.storefront).toEqual({ quantity: winner?.quantity, version: trace.item?.version });
    }
  });

  it('replays a window and prints on stdout the items that it touched, one a line, and nothing else', async () => {
    const before = await items();
    const touched = await sql<{ item_id: string }>(
      product,
      `SELECT DISTINCT item_id FROM supplier_event
        WHERE tenant_id = $1 AND item_id IS NOT NULL AND decision <> 'rejected'
          AND received_at_us >= extract(epoch FROM timestamptz '2026-06-01T00:00:00Z') * 1000000`,
      [SAMPLE_TENANT],
    );
    const { code, stdout } = await runCli(
      place,
      ...['replay', '--tenant', SAMPLE_TENANT, '--since', '2026-06-01T00:00:00Z'],
    );
    expect(stdout.trimEnd().split('\n').toSorted()).toEqual(touched.map((row) => row.item_id).toSorted());
    expect(code).toBe(0);
    expect(await items()).toEqual(before);
  });

  it('finds nothing to complain about with doctor', async () => {
    const { code, stdout, stderr } = await runCli(place, 'doctor');
    expect(`${stdout}${stderr}`).not.toMatch(/✗|failed/);
    expect(code).toBe(0);
  });

  it.each([
    { args: ['trac', 'BED-01'], hint: 'catalog-sync --help' },
    { args: ['replay', '--tenant', 'canary'], hint: 'catalog-sync replay --help' },
    { args: ['replay', '--tenant', 'canary', '--since', 'yesterday'], hint: 'RFC 3339' },
    { args: ['start', '--sampel'], hint: 'catalog-sync start --help' },
  ])('answers wrong usage with a hint and 2: $args', async ({ args, hint }) => {
    const { code, stdout, stderr } = await runCli(place, ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(hint);
  });

  it('is refused a second start on the same data, which says whose it is', async () => {
    const { code, stdout, stderr } = await runCli(place, 'start');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`pid ${product.pid} has been running on ${place.dataDir}`);
    expect((await fetch(`${product.urls.api}/readyz`)).status).toBe(200);
  });
});

describe('a start that goes on', () => {
  it('starts a killed worker again, and an event that came meanwhile gets through', async () => {
    const workerPid = () => readRunFile(place.dataDir)?.children.find(({ name }) => name === 'worker')?.pid;
    const former = workerPid() ?? 0;
    const [sender] = await openSenders(place, product, SAMPLE_TENANT, ['probe']);
    process.kill(former, 'SIGKILL');
    const event = { id: 'after-the-kill', sku: 'healed-01', quantity: 3, updatedAt: formatTime(nowMicros()) };
    expect((await sender?.post(event))?.status).toBe(202);
    await until(async () => (await items()).some(({ sku }) => sku === 'HEALED-01'));
    expect(workerPid()).toEqual(expect.any(Number));
    expect(workerPid()).not.toBe(former);
    expect(product.stderr()).toContain('worker ended with signal SIGKILL; starting it again');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'stops every process on %s, and the next start goes on with all data and no second feed',
    async (signal) => {
      const [rows, before] = [await items(), await ledger()];
      const eventId = expected.winners.get('BED-01')?.eventId;
      const workflow = `sync:${SAMPLE_TENANT}:${expected.winners.get('BED-01')?.supplier}:${eventId}`;
      const family = familyOf(product.pid);
      expect(family.length).toBeGreaterThan(6);

      process.kill(product.pid, signal);
      const { code, stderr } = await product.ended;
      expect(code).toBe(0);
      expect(stderr).toContain(`stopped; the data stays in ${place.dataDir}`);
      expect(await remainders(() => [...family, ...processesNaming(place.dataDir)], 5_000)).toEqual([]);
      expect(readRunFile(place.dataDir)).toBeUndefined();

      product = await startProduct(place);
      expect(product.stderr()).not.toContain('sending the sample feed');
      expect(product.stdout()).toContain('│ won');
      expect(await ledger()).toEqual(before);
      expect(await items()).toEqual(rows);
      const described = await uiApi(`workflows/${encodeURIComponent(workflow)}`);
      expect(described['workflowExecutionInfo']).toMatchObject({
        status: 'WORKFLOW_EXECUTION_STATUS_COMPLETED',
      });
      const { history } = await uiApi(`workflows/${encodeURIComponent(workflow)}/history`);
      const { events } = history as { events: { eventType: string }[] };
      expect(events.at(-1)?.eventType).toBe('EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED');
      expect(readFileSync(path.join(place.dataDir, 'logs/worker.log'), 'utf8')).toContain('"stopped"');
    },
  );

  it('has after a restart every counter that dashboards and alerts ask for, and all else as soon as there is any', async () => {
    const restarted = await metricsPages();
    const counters = missingOf(restarted).filter((line) => /_total\b/.test(line));
    expect(counters.filter((line) => !line.includes('channel'))).toEqual([]);

    const feed = path.join(place.dataDir, 'night.yaml');
    writeFileSync(
      feed,
      'feed: night\nsupplier: initech\nsource: { upload: {} }\nformat: csv\ncolumns: { sku: sku, quantity: quantity }\ntimes: { of: received }\n',
    );
    const unknown = path.join(place.dataDir, 'unknown.json');
    writeFileSync(
      unknown,
      JSON.stringify([{ id: 'unknown', sku: 'WHAT', quantity: 1, updatedAt: formatTime(nowMicros()) }]),
    );
    const known = path.join(place.dataDir, 'known.json');
    writeFileSync(
      known,
      JSON.stringify([{ id: 'known', sku: 'BED-01', quantity: 1, updatedAt: formatTime(nowMicros()) }]),
    );
    // The demo storefront has no feed, no launch, and nobody to tell.
    await sql(product, `INSERT INTO tenant (id, state) VALUES ('launching', 'canary')`);
    const commands = [
      ['feed', 'set', feed, '--tenant', SUMMED_TENANT],
      ['tenant', 'set', SUMMED_TENANT, '--unknown-sku', 'hold'],
      ['notify', 'add', 'desk', '--kind', 'webhook', '--to', 'http://127.0.0.1:9'],
      ['sweep', '--tenant', SAMPLE_TENANT],
      [
        'ingest',
        known,
        '--tenant',
        SAMPLE_TENANT,
        '--supplier',
        expected.winners.get('BED-01')?.supplier ?? '',
      ],
      ['ingest', unknown, '--tenant', SUMMED_TENANT, '--supplier', 'initech'],
    ];
    for (const args of commands) {
      const { code, stderr } = await runCli(place, ...args);
      expect([args, code, code === 0 ? '' : stderr]).toEqual([args, 0, '']);
    }
    await until(async () => {
      expect(missingOf(await metricsPages())).toEqual([]);
      return true;
    });
  });
});

/** Of the server and of the worker. */
async function metricsPages(): Promise<string> {
  const printed = /^metrics +(\S+) and :(\d+)/m.exec(product.stdout());
  const urls = [printed?.[1] ?? '', `http://127.0.0.1:${printed?.[2]}/metrics`];
  return (await Promise.all(urls.map(async (url) => (await fetch(url)).text()))).join('\n');
}

async function uiApi(what: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${product.urls.temporalUi}/api/v1/namespaces/default/${what}`);
  if (!response.ok) throw new Error(`${what}: HTTP ${response.status}`);
  return (await response.json()) as Record<string, unknown>;
}

function nowMicros(): bigint {
  return BigInt(Date.now()) * 1000n;
}
