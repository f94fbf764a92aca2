import { databaseNow } from '../../src/database/clock.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/client.ts';
import { CHECKLIST } from '../../src/domain/checklist.ts';
import { SIGNALS } from '../../src/domain/signals.ts';
import { seconds } from '../../src/domain/time.ts';
import { renderGate } from '../../src/cli/gate/render-gate.ts';
import { changeSupplier } from '../../src/flags/suppliers.ts';
import { changeTenant } from '../../src/flags/tenants.ts';
import { approveTrace } from '../../src/gate/approve-trace.ts';
import { beginWatch } from '../../src/flags/begin-watch.ts';
import { openCanary } from '../../src/gate/open-canary.ts';
import { readGate } from '../../src/gate/read-gate.ts';
import { sampleReviews } from '../../src/gate/sample-reviews.ts';
import { readWatches } from '../../src/gate/watch-rows.ts';
import { widenSupplier } from '../../src/gate/widen-supplier.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { publishedEvent } from './published-event.ts';
import {
  closedTenant,
  command,
  confirmAll,
  refusalOf,
  samplesSay,
  settings,
  watchedEnough,
} from './launch.ts';

let test: TestDatabase;
let tenant: string;
let no = 0;

beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test?.drop());
beforeEach(async () => {
  tenant = `shop-${(no += 1)}`;
  await closedTenant(test.database, tenant, ['acme', 'globex', 'initech']);
});

const states = async (): Promise<unknown> => {
  const row = await test.database.tenant.findUniqueOrThrow({
    where: { id: tenant },
    include: { suppliers: { orderBy: { id: 'asc' } } },
  });
  return [row.state, ...row.suppliers.map(({ state }) => state)];
};
const audited = async (action: string) =>
  test.database.auditEntry.findMany({ where: { tenantId: tenant, action }, orderBy: { id: 'asc' } });

const open = async (...suppliers: string[]) =>
  openCanary(test.database, { ...(await command(test.database, tenant)), suppliers });
const widen = async (supplier: string) =>
  widenSupplier(test.database, settings, { ...(await command(test.database, tenant)), supplier });
const approve = async (eventId: string, explanation = 'it is newer', supplier?: string) =>
  approveTrace(test.database, {
    ...(await command(test.database, tenant)),
    eventId,
    explanation,
    ...(supplier !== undefined && { supplier }),
  });

/** A canary with everything done but the widening. */
async function almostWidened(): Promise<string[]> {
  await confirmAll(test.database, tenant);
  await open('acme');
  for (const id of ['e-1', 'e-2', 'e-3', 'e-4']) {
    await publishedEvent(test, { tenant, supplier: 'acme', id: `${tenant}-${id}`, sku: id.toUpperCase() });
  }
  await watchedEnough(test.database, tenant);
  await samplesSay(test.database, tenant);
  const reviews = await sampled();
  for (const id of reviews) await approve(id);
  return reviews;
}

async function sampled(): Promise<string[]> {
  const [watch] = await readWatches(test.database, tenant);
  if (!watch) throw new Error('no watch');
  await sampleReviews(test.database, tenant, watch, await databaseNow(test.database));
  const rows = await test.database.traceReview.findMany({
    where: { tenantId: tenant, watchNumber: watch.number },
    include: { event: true },
  });
  return rows.map(({ event }) => event.eventId);
}

describe('opening a canary', () => {
  it('opens the suppliers that are named and closes the others, once, with an audit entry', async () => {
    await confirmAll(test.database, tenant);
    await test.database.supplier.updateMany({
      where: { tenantId: tenant, id: 'globex' },
      data: { state: 'open' },
    });
    const asked = { ...(await command(test.database, tenant)), suppliers: ['acme', 'initech', 'acme'] };
    const answer = await openCanary(test.database, asked);
    expect(answer).toEqual({ tenant, state: 'canary', opened: ['acme', 'initech'], closed: ['globex'] });
    expect(await states()).toEqual(['canary', 'open', 'closed', 'open']);
    expect(await openCanary(test.database, asked)).toEqual(answer);
    expect(await audited('gate.open')).toMatchObject([
      { actor: 'ada', reason: 'release 12', before: { state: 'closed' }, after: { state: 'canary' } },
    ]);
    expect(await readWatches(test.database, tenant)).toMatchObject([
      { supplier: '', watched: 0n, sampledAt: null },
      { supplier: 'globex' },
    ]);
  });

  it.each(CHECKLIST)('is refused without %s, and nothing is changed', async (name) => {
    await confirmAll(test.database, tenant);
    await test.database.checklistItem.delete({ where: { tenantId_name: { tenantId: tenant, name } } });
    expect(await refusalOf(open('acme'))).toEqual([`checklist_${name.replaceAll('-', '_')}`]);
    expect(await states()).toEqual(['closed', 'closed', 'closed', 'closed']);
    expect(await audited('gate.open')).toEqual([]);
  });

  it('is refused for unknown tenants and suppliers, for no supplier, and twice', async () => {
    await confirmAll(test.database, tenant);
    expect(await refusalOf(open('nobody'))).toEqual(['supplier_known']);
    expect(await refusalOf(open('manual'))).toEqual(['supplier_known']);
    expect(await refusalOf(open())).toEqual(['supplier_named']);
    const stranger = { ...(await command(test.database, 'stranger')), suppliers: ['acme'] };
    expect(await refusalOf(openCanary(test.database, stranger))).toEqual(['tenant_known']);
    await open('acme');
    expect(await refusalOf(open('acme'))).toEqual(['tenant_closed']);
  });

  it('is refused when it comes too late', async () => {
    await confirmAll(test.database, tenant);
    const late = { ...(await command(test.database, tenant, -1)), suppliers: ['acme'] };
    expect(await refusalOf(openCanary(test.database, late))).toEqual(['in_time']);
    expect(await states()).toEqual(['closed', 'closed', 'closed', 'closed']);
  });

  it('is done once by many at the same moment', async () => {
    await confirmAll(test.database, tenant);
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => open('acme')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await audited('gate.open')).toHaveLength(1);
  });
});

describe('widening', () => {
  it('opens one supplier after the other, and the tenant with the last', async () => {
    await almostWidened();
    expect(await widen('globex')).toEqual({
      tenant,
      state: 'canary',
      supplier: 'globex',
      closed: ['initech'],
    });
    expect(await states()).toEqual(['canary', 'open', 'open', 'closed']);
    await samplesSay(test.database, tenant);
    expect(await widen('initech')).toEqual({ tenant, state: 'open', supplier: 'initech', closed: [] });
    expect(await states()).toEqual(['open', 'open', 'open', 'open']);
    expect(await audited('gate.widen')).toMatchObject([
      { before: { tenant: 'canary', supplier: 'closed' }, after: { tenant: 'canary', supplier: 'open' } },
      { before: { tenant: 'canary', supplier: 'closed' }, after: { tenant: 'open', supplier: 'open' } },
    ]);
  });

  it('waits for a sample of all signals that was taken after the last opening', async () => {
    await almostWidened();
    await widen('globex');
    const late = await widen('initech').catch((error: unknown) => error);
    expect(late).toMatchObject({
      missing: [
        {
          condition: 'sample_after_opening',
          detail: expect.stringMatching(/^Supplier globex was opened at 20\S+, .* come again/i),
        },
      ],
    });
    expect((await readGate(test.database, tenant))?.toWiden).toMatchObject([
      { condition: 'sample_after_opening' },
    ]);
    expect(await states()).toEqual(['canary', 'open', 'open', 'closed']);
    await samplesSay(test.database, tenant);
    expect(await widen('initech')).toMatchObject({ state: 'open' });
  });

  it('lets one of two through that come at the same moment', async () => {
    await almostWidened();
    const outcomes = await Promise.allSettled([widen('globex'), widen('initech')]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('leaves what a launch rested on to be seen, also when a supplier is closed again', async () => {
    await almostWidened();
    await widen('globex');
    await samplesSay(test.database, tenant);
    await widen('initech');
    const evidence = async () => {
      const status = await readGate(test.database, tenant);
      return {
        state: status?.state,
        watch: status?.watch,
        reviews: status?.reviews.map(({ forSupplier, explanation }) => [forSupplier, explanation]),
        confirmed: status?.checklist.filter(({ confirmedBy }) => confirmedBy !== null).length,
        printed: status && renderGate(status, { colour: false }),
      };
    };
    const seen = await evidence();
    expect(seen).toMatchObject({
      state: 'open',
      watch: { complete: true, ended: true },
      reviews: Array.from({ length: 3 }, () => [null, 'it is newer']),
      confirmed: 5,
    });
    expect(seen.printed).toMatch(/Watch\n {2}complete: watched .*it ended with the launch/s);
    expect(seen.printed).toContain('Updates that were explained');
    expect(seen.printed).toContain('Checklist');
    await changeSupplier(test.database, {
      tenant,
      supplier: 'acme',
      state: 'closed',
      actor: 'ada',
      reason: 'x',
    });
    const { watch, reviews, confirmed } = await evidence();
    expect({ watch: { ...watch, workingNow: null }, reviews, confirmed }).toEqual({
      watch: { ...seen.watch, workingNow: null },
      reviews: seen.reviews,
      confirmed: seen.confirmed,
    });
  });

  it('goes by the sample that was written last, though the clock has gone back', async () => {
    await almostWidened();
    const now = await databaseNow(test.database);
    await samplesSay(test.database, tenant, {}, now + seconds(100));
    await samplesSay(test.database, tenant, { queue_lag: 'miss' }, now + seconds(1));
    expect(await refusalOf(widen('globex'))).toEqual(['signal_queue_lag']);
    // Before the opening by the clock, after it in truth: nothing is known then.
    await samplesSay(test.database, tenant, { queue_lag: 'miss' }, now - seconds(100));
    expect(await refusalOf(widen('globex'))).toEqual(['sample_fresh']);
  });

  it.each(SIGNALS)('is refused while %s alone misses or says nothing', async (signal) => {
    await almostWidened();
    for (const verdict of ['miss', 'inconclusive'] as const) {
      await samplesSay(test.database, tenant, { [signal]: verdict });
      expect(await refusalOf(widen('globex'))).toEqual([`signal_${signal}`]);
    }
    await samplesSay(test.database, tenant);
    await widen('globex');
  });

  it('waits for a sample that is just being counted, and goes by it', async () => {
    await almostWidened();
    const sampler = openDatabase(test.url, { connections: 1 });
    try {
      let refusal: Promise<string[]> | undefined;
      await sampler.$transaction(async (transaction) => {
        await samplesSay(transaction, tenant, { publish_errors: 'miss' });
        await beginWatch(transaction, tenant);
        refusal = refusalOf(widen('globex'));
        refusal.catch(() => undefined);
        await test.sql('SELECT pg_sleep(0.3)');
      });
      expect(await refusal).toEqual(['signal_publish_errors', 'watch_complete', 'traces_explained']);
      expect(await states()).toEqual(['canary', 'open', 'closed', 'closed']);
    } finally {
      await sampler.$disconnect();
    }
  });

  it('is refused by a sample that is old', async () => {
    await almostWidened();
    const old = (await databaseNow(test.database)) - seconds(151);
    await test.sql('DELETE FROM signal_sample WHERE tenant_id = $1', [tenant]);
    expect(await refusalOf(widen('globex'))).toEqual(['sample_fresh']);
    await samplesSay(test.database, tenant, {}, old);
    expect(await refusalOf(widen('globex'))).toEqual(['sample_fresh']);
  });

  it('is refused before the watch is complete, and before three traces are explained', async () => {
    const [first] = await almostWidened();
    const watch = { tenantId_supplierId: { tenantId: tenant, supplierId: '' } };
    await test.database.gateWatch.update({ where: watch, data: { watchedUs: seconds(59.999999) } });
    expect(await refusalOf(widen('globex'))).toEqual(['watch_complete']);
    await watchedEnough(test.database, tenant);
    await test.sql(
      `UPDATE trace_review SET approved_us = NULL, explained_by = NULL, explanation = NULL
        WHERE event_seq = (SELECT seq FROM supplier_event WHERE tenant_id = $1 AND event_id = $2)`,
      [tenant, first],
    );
    expect(await refusalOf(widen('globex'))).toEqual(['traces_explained']);
    await approve(String(first));
    await widen('globex');
  });

  it('is refused for a supplier that is open, unknown, or of a closed tenant', async () => {
    await almostWidened();
    expect(await refusalOf(widen('acme'))).toEqual(['supplier_closed']);
    expect(await refusalOf(widen('nobody'))).toEqual(['supplier_known']);
    tenant = `${tenant}-closed`;
    await closedTenant(test.database, tenant, ['acme']);
    expect(await refusalOf(widen('acme'))).toEqual(['canary_open']);
  });

  it('completes a canary that was opened with all of its suppliers', async () => {
    await test.database.supplier.deleteMany({ where: { tenantId: tenant, id: { not: 'acme' } } });
    await almostWidened();
    expect(await widen('acme')).toEqual({ tenant, state: 'open', supplier: 'acme', closed: [] });
    expect(await refusalOf(widen('acme'))).toEqual(['supplier_closed']);
  });

  it('goes by nothing that was sampled or watched before the tenant was closed, or its calendar changed', async () => {
    await almostWidened();
    await test.database.supplier.create({ data: { tenantId: tenant, id: 'late' } });
    await beginWatch(test.database, tenant, 'late');
    await test.sql("UPDATE gate_watch SET watched_us = 99000000 WHERE supplier_id = 'late'");
    await changeTenant(test.database, { tenant, actor: 'test', state: 'closed' });
    await changeTenant(test.database, { tenant, actor: 'test', state: 'canary' });
    expect(await refusalOf(widen('globex'))).toEqual(['sample_fresh', 'watch_complete', 'traces_explained']);
    expect((await readGate(test.database, tenant))?.verdict).toBe('inconclusive');
    const watched = () =>
      test.database.gateWatch.findMany({ where: { tenantId: tenant, watchedUs: { gt: 0 } } });
    expect(await watched()).toEqual([]);

    await watchedEnough(test.database, tenant);
    expect(await watched()).toHaveLength(1);
    await changeTenant(test.database, { tenant, actor: 'test', calendar: { from: '09:00', to: '09:01' } });
    expect(await watched()).toEqual([]);
  });

  it('of a supplier that came after the launch goes by its own watch and its own traces', async () => {
    await almostWidened();
    await widen('globex');
    await samplesSay(test.database, tenant);
    await widen('initech');
    await test.database.supplier.create({ data: { tenantId: tenant, id: 'late' } });
    await samplesSay(test.database, tenant);
    expect(await refusalOf(widen('late'))).toEqual(['watch_complete', 'traces_explained']);
  });
});

describe('approving a trace', () => {
  it('records who explained it, and in what words', async () => {
    const reviews = await almostWidened();
    expect(reviews).toHaveLength(3);
    const rows = await test.database.traceReview.findMany({ where: { tenantId: tenant } });
    for (const row of rows) {
      expect(row).toMatchObject({ explainedBy: 'ada', explanation: 'it is newer', seed: rows[0]?.seed });
      expect(row.approvedUs).not.toBeNull();
    }
    expect(await audited('gate.approve_trace')).toHaveLength(3);
  });

  it('is refused for an update that was not sampled, twice, and without words', async () => {
    const [first] = await almostWidened();
    expect(await refusalOf(approve('unheard-of'))).toEqual(['event_sampled']);
    expect(await refusalOf(approve(String(first)))).toEqual(['event_not_approved']);
    expect(await refusalOf(approve(String(first), 'it is', 'globex'))).toEqual(['event_sampled']);
    await test.sql(
      'UPDATE trace_review SET approved_us = NULL, explained_by = NULL, explanation = NULL WHERE tenant_id = $1',
      [tenant],
    );
    expect(await refusalOf(approve(String(first), ' \n\t'))).toEqual(['explanation']);
    expect(await approve(String(first), '  why  ')).toMatchObject({ approved: 1, needed: 3 });
  });

  it('is refused when the trace is not complete any more', async () => {
    const [first] = await almostWidened();
    await test.sql(
      'UPDATE trace_review SET approved_us = NULL, explained_by = NULL, explanation = NULL WHERE tenant_id = $1',
      [tenant],
    );
    await test.sql(
      'UPDATE supplier_event SET quantity = quantity + 1 WHERE tenant_id = $1 AND event_id = $2',
      [tenant, first],
    );
    expect(await refusalOf(approve(String(first)))).toEqual(['trace_complete']);
  });

  it('counts for the watch that it was sampled in only', async () => {
    await almostWidened();
    await test.sql('UPDATE gate_watch SET number = number + 1 WHERE tenant_id = $1', [tenant]);
    expect(await refusalOf(widen('globex'))).toEqual(['traces_explained']);
  });
});
