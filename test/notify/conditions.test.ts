import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConditionKind } from '../../src/domain/notify.ts';
import { seconds } from '../../src/domain/time.ts';
import { refuseRun } from '../../src/feed/run/decide-run.ts';
import { setTenantState, withTenantLock } from '../../src/flags/set-state.ts';
import { rollBack } from '../../src/gate/roll-back.ts';
import { readKnownSuppliers } from '../../src/ledger/known-suppliers.ts';
import { readConditions } from '../../src/notify/conditions/read-conditions.ts';
import { paths } from '../../src/console/routing/paths.ts';
import { noteConditions } from '../../src/notify/note-conditions.ts';
import { pages } from '../../src/notify/pages.ts';
import { BY, feedOf, runFile, TENANT } from '../feed/run/run-world.ts';
import { closedTenant, samplesSay, settings, watchedEnough } from '../gate/launch.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
import { shopAt } from '../support/shop-at.ts';

let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test?.drop());

/** What a worker sees of a tenant, or of what belongs to none. */
async function now(tenant: string | null, kind?: ConditionKind) {
  const { conditions } = await readConditions(test.as('worker'), settings, { onUnread: () => undefined });
  return conditions.filter((one) => one.tenant === tenant && (kind === undefined || one.kind === kind));
}
const open = (tenant: string) =>
  withTenantLock(test.database, tenant, (transaction) =>
    setTenantState(transaction, { tenant, state: 'open', actor: 'ada' }),
  );

describe('what people are told of', () => {
  it('is a gate that closes by itself, and a rollback by somebody, until it opens again', async () => {
    await closedTenant(test.database, 'gated', ['acme']);
    expect(await now('gated')).toEqual([]);
    await open('gated');
    await rollBack(test.database, { tenant: 'gated', actor: 'gate', reason: 'stale_items missed' });
    expect(await now('gated')).toMatchObject([
      { kind: 'gate_closed', subject: 'gated', detail: 'gated was closed by gate: stale_items missed' },
    ]);
    await open('gated');
    expect(await now('gated', 'gate_closed')).toEqual([]);
    await rollBack(test.database, { tenant: 'gated', actor: 'ada', reason: 'wrong prices' });
    const [first] = await now('gated', 'rolled_back');
    expect(first).toMatchObject({ severity: 'page', page: '/t/gated/gate' });
    await open('gated');
    await rollBack(test.database, { tenant: 'gated', actor: 'ada', reason: 'wrong prices again' });
    const [second] = await now('gated', 'rolled_back');
    expect(second?.key).not.toBe(first?.key);
  });

  it('is a rollback of one supplier, and a tenant that somebody closed by hand', async () => {
    await openTenant(test.database, 'byhand', ['acme']);
    await rollBack(test.database, { tenant: 'byhand', supplier: 'acme', actor: 'ada', reason: 'x' });
    expect(await now('byhand', 'rolled_back')).toMatchObject([{ subject: 'acme of byhand' }]);
    await withTenantLock(test.database, 'byhand', (transaction) =>
      setTenantState(transaction, { tenant: 'byhand', state: 'closed', actor: 'bob' }),
    );
    expect(await now('byhand', 'gate_closed')).toMatchObject([{ detail: 'byhand was closed by bob' }]);
  });

  it('is a signal that misses, and one that says nothing', async () => {
    await openTenant(test.database, 'sick', ['acme']);
    await samplesSay(test.database, 'sick');
    expect(await now('sick')).toEqual([]);
    await samplesSay(test.database, 'sick', { queue_lag: 'miss', stale_items: 'inconclusive' });
    expect(await now('sick')).toMatchObject([
      { kind: 'signal_inconclusive', owner: 'Platform', severity: 'ticket' },
      { kind: 'signal_missed', owner: 'Infra', severity: 'page', detail: 'queue_lag was said to be miss' },
    ]);
  });

  it('is so since the first sample that said so without another since', async () => {
    await openTenant(test.database, 'long', ['acme']);
    await test.sql(`UPDATE tenant SET opened_at_us = 1 WHERE id = 'long'`);
    await samplesSay(test.database, 'long', { queue_lag: 'miss' }, 100n);
    await samplesSay(test.database, 'long', { stale_items: 'miss' }, 200n);
    await samplesSay(test.database, 'long', { queue_lag: 'miss', stale_items: 'miss' }, 300n);
    await samplesSay(test.database, 'long', { queue_lag: 'miss', stale_items: 'miss' }, 400n);
    const missed = await now('long', 'signal_missed');
    expect(Object.fromEntries(missed.map(({ key, since }) => [key, since]))).toEqual({
      'signal_missed/long/queue_lag': 300n,
      'signal_missed/long/stale_items': 200n,
    });
  });

  it('is a gate that does not sample any more, beside what it said last', async () => {
    await openTenant(test.database, 'dead', ['acme']);
    await samplesSay(test.database, 'dead', { queue_lag: 'miss' });
    await test.sql(
      `UPDATE signal_sample SET sampled_at_us = sampled_at_us - 3600000000 WHERE tenant_id = 'dead'`,
    );
    expect(await now('dead')).toMatchObject([
      { kind: 'signal_inconclusive', subject: 'all signals of dead' },
      { kind: 'signal_missed' },
    ]);
  });

  it('is a canary that has all its evidence', async () => {
    await closedTenant(test.database, 'ready', ['acme', 'globex']);
    await test.sql(`UPDATE tenant SET state = 'canary', opened_at_us = 1 WHERE id = 'ready'`);
    await test.sql(
      `UPDATE supplier SET state = 'open', opened_at_us = 1 WHERE tenant_id = 'ready' AND id = 'acme'`,
    );
    await record(
      test.database,
      'ready',
      'acme',
      [1, 2, 3].map((no) => ({ eventId: `e-${no}`, sku: 'CHAIR', quantity: no, updatedAt: BigInt(no) })),
    );
    await test.sql(
      `SELECT save_catalog_item(seq, 'ready:CHAIR', 'CHAIR', NULL) FROM supplier_event WHERE tenant_id = 'ready'`,
    );
    await samplesSay(test.database, 'ready');
    await test.sql(`INSERT INTO gate_watch (tenant_id) VALUES ('ready') ON CONFLICT DO NOTHING`);
    await watchedEnough(test.database, 'ready');
    expect(await now('ready', 'ready_to_widen')).toEqual([]);
    await test.sql(
      `INSERT INTO trace_review (tenant_id, supplier_id, watch_number, event_seq, seed, explained_by, explanation, approved_us)
       SELECT 'ready', '', w.number, e.seq, 'x', 'ada', 'x', 1
         FROM supplier_event e, gate_watch w WHERE e.tenant_id = 'ready' AND w.tenant_id = 'ready' AND w.supplier_id = ''`,
    );
    expect(await now('ready', 'ready_to_widen')).toMatchObject([
      { severity: 'info', subject: 'ready', detail: expect.stringContaining('closed are globex') },
    ]);
    await samplesSay(test.database, 'ready', { queue_lag: 'miss' });
    expect(await now('ready', 'ready_to_widen')).toEqual([]);
    await samplesSay(test.database, 'ready');
  });

  it('is a file that is held, and a supplier that is silent', async () => {
    await openTenant(test.database, TENANT, ['acme']);
    const columns = 'columns: { sku: sku, quantity: quantity, updatedAt: at }\n';
    await feedOf(test, 'night', columns);
    await feedOf(test, 'day', `${columns}expected: 1h\n`);
    const held = await runFile(test, 'night', 'sku,quantity,at\n');
    expect(await now(TENANT)).toMatchObject([
      { kind: 'feed_held', subject: 'night of shop', page: `/t/shop/feeds/night/runs/${held.runId}` },
    ]);
    await test.sql('UPDATE feed_run SET created_at_us = created_at_us - 7200000000');
    await test.sql('UPDATE feed SET created_at_us = created_at_us - 7200000000');
    expect(await now(TENANT, 'supplier_silent')).toMatchObject([{ subject: 'acme of shop' }]);
    await refuseRun(test.as('operator'), {
      tenant: TENANT,
      runId: held.runId,
      by: { ...BY, reason: 'empty' },
    });
    expect(await now(TENANT, 'feed_held')).toEqual([]);
  });

  it('is what a sweep found and did not mend, with no more than ten SKUs', async () => {
    await openTenant(test.database, 'drift', ['acme']);
    await test.sql(
      `INSERT INTO sweep (id, tenant_id, repair, requested_by, state, finished_at_us)
       VALUES ('s-1', 'drift', false, 'x', 'completed', now_us())`,
    );
    expect(await now('drift')).toEqual([]);
    await test.sql(
      `INSERT INTO sweep_finding (sweep_id, item_id, kind)
       SELECT 's-1', 'drift:ITEM-' || lpad(no::text, 3, '0'), 'unknown_there' FROM generate_series(1, 25) no`,
    );
    const [found] = await now('drift', 'drift_found');
    expect(found?.detail).toBe(
      'Sweep s-1 left 25 pages: ITEM-001, ITEM-002, ITEM-003, ITEM-004, ITEM-005, ITEM-006, ITEM-007, ITEM-008, ' +
        'ITEM-009, ITEM-010 and others.',
    );
  });

  it('is what waits for its storefront, and since when', async () => {
    await openTenant(test.database, 'waits', ['acme']);
    await record(test.database, 'waits', 'acme', [
      { eventId: 'e-1', sku: 'CHAIR', quantity: 1, updatedAt: 1n },
    ]);
    await test.sql(
      `SELECT save_catalog_item(seq, 'waits:CHAIR', 'CHAIR', NULL) FROM supplier_event WHERE tenant_id = 'waits'`,
    );
    await test.sql(
      `UPDATE catalog_item_version SET publication_at_us = now_us() - 600000000 WHERE item_id = 'waits:CHAIR'`,
    );
    const { conditions, now: at } = await readConditions(test.as('worker'), settings, {
      onUnread: () => undefined,
    });
    const found = conditions.find(({ tenant }) => tenant === 'waits');
    expect(found).toMatchObject({ kind: 'publish_waiting', detail: expect.stringContaining('item CHAIR') });
    expect(at - (found?.since ?? 0n)).toBeGreaterThanOrEqual(seconds(599));
  });

  it('is a token and a secret with an end, and none that was revoked or has none', async () => {
    await openTenant(test.database, 'ends', ['acme']);
    await test.sql(
      `INSERT INTO api_token (id, name, role, tenant_id, token_hash, expires_at_us, revoked_at_us) VALUES
       ('t-1', 'desk', 'viewer', NULL, 'a', now_us() + 3600000000, NULL),
       ('t-2', 'gone', 'viewer', NULL, 'b', now_us() + 3600000000, 1),
       ('t-3', 'ever', 'viewer', NULL, 'c', NULL, NULL),
       ('t-4', 'long ago', 'viewer', NULL, 'd', 1, NULL)`,
    );
    expect(await now(null)).toMatchObject([
      { kind: 'token_expiring', subject: 'token desk (t-1)', page: null },
    ]);
    await test.sql(
      `INSERT INTO supplier_secret (tenant_id, supplier_id, ciphertext, expires_at_us)
       VALUES ('ends', 'acme', 'x', now_us() + 1000000), ('ends', 'acme', 'y', NULL)`,
    );
    await shopAt(test.sql, 'https://shop.example.com', 'ends');
    await test.sql(
      `UPDATE storefront SET secret_before_until_us = now_us() + 1000000 WHERE tenant_id = 'ends'`,
    );
    expect((await now('ends', 'secret_expiring')).map(({ subject }) => subject)).toEqual([
      'former secret of storefront shop of ends',
      'secret of supplier acme of ends',
    ]);
    await test.sql(`UPDATE storefront SET secret_before_until_us = NULL WHERE tenant_id = 'ends'`);
  });
});

describe('a tenant that cannot be read', () => {
  const notedOf = (tenant: string) =>
    test.database.notifiedCondition.findMany({
      where: { channel: 'desk', tenantId: tenant },
      select: { kind: true, awaySinceUs: true, offAtUs: true },
      orderBy: { id: 'asc' },
    });
  const note = async () => {
    const unread: string[] = [];
    await noteConditions(test.as('worker'), settings, {
      onUnread: ({ tenant }) => unread.push(tenant),
      onUnnoted: ({ error }) => {
        throw error;
      },
    });
    return unread;
  };

  it('silences nobody else, and what was told of it stays as it was', async () => {
    await test.sql(
      `INSERT INTO notify_channel (name, kind, target, shown, inconclusive_us, publish_us, expiry_us)
       VALUES ('desk', 'webhook', 'x', 'x', 0, 0, 0)`,
    );
    await openTenant(test.database, 'broken', ['acme']);
    await openTenant(test.database, 'whole', ['acme']);
    await samplesSay(test.database, 'broken', { queue_lag: 'miss' });
    expect(await note()).toEqual([]);
    const told = [{ kind: 'signal_missed', awaySinceUs: null, offAtUs: null }];
    expect(await notedOf('broken')).toEqual(told);
    await test.sql(`UPDATE tenant SET calendar = '{"days": "all"}' WHERE id = 'broken'`);
    await samplesSay(test.database, 'whole', { queue_lag: 'miss' });
    expect(await note()).toEqual(['broken']);
    expect(await notedOf('broken')).toEqual(told);
    expect(await notedOf('whole')).toEqual(told);
    await rollBack(test.database, { tenant: 'broken', actor: 'ada', reason: 'x' });
    await note();
    expect(await notedOf('broken')).toMatchObject([{}, { kind: 'rolled_back', offAtUs: null }]);
    await test.sql(`UPDATE tenant SET state = 'open' WHERE id = 'broken'`);
    expect(await note()).toEqual(['broken']);
    // No channel wants to know of it.
    await test.sql(`UPDATE notify_channel SET tenant_id = 'whole'`);
    expect(await note()).toEqual([]);
    await test.sql(`DELETE FROM notify_channel`);
    await test.sql(`UPDATE tenant SET calendar = DEFAULT WHERE id = 'broken'`);
  });

  it('keeps what was told of its feeds, and the channel is noted for round after round', async () => {
    await test.sql(
      `INSERT INTO notify_channel (name, kind, target, shown, inconclusive_us, publish_us, expiry_us)
       VALUES ('desk', 'webhook', 'x', 'x', 0, 0, 0)`,
    );
    expect(await note()).toEqual([]);
    const told = await notedOf(TENANT);
    expect(told).toContainEqual({ kind: 'supplier_silent', awaySinceUs: null, offAtUs: null });
    await test.sql(`UPDATE tenant SET calendar = '{"days": "all"}' WHERE id = $1`, [TENANT]);
    expect(await note()).toEqual([TENANT]);
    expect(await note()).toEqual([TENANT]);
    expect(await notedOf(TENANT)).toEqual(told);
    await test.sql(`DELETE FROM notify_channel`);
    await test.sql(`UPDATE tenant SET calendar = DEFAULT WHERE id = $1`, [TENANT]);
  });

  it('is one whose feed cannot be read, and other feeds are', async () => {
    await openTenant(test.database, 'feeds', ['acme']);
    await test.sql(
      `INSERT INTO feed (tenant_id, id, supplier_id, version) VALUES ('feeds', 'night', 'acme', 1)`,
    );
    await test.sql(
      `INSERT INTO feed_version (tenant_id, feed_id, version, document, created_by) VALUES ('feeds', 'night', 1, '{}', 'x')`,
    );
    await test.sql(
      `INSERT INTO feed_run (id, tenant_id, feed_id, feed_version, trigger, requested_by, state, reasons)
       VALUES ('no-list', 'feeds', 'night', 1, 'upload', 'x', 'held', '{}')`,
    );
    const unread: string[] = [];
    const { conditions } = await readConditions(test.as('worker'), settings, {
      onUnread: ({ tenant }) => unread.push(tenant),
    });
    expect(unread).toEqual(['feeds']);
    expect(
      conditions.filter(({ tenant, kind }) => tenant === TENANT && kind === 'supplier_silent'),
    ).toHaveLength(1);
    await test.sql(`DELETE FROM feed_run WHERE id = 'no-list'`);
    await test.sql(`DELETE FROM feed_version WHERE tenant_id = 'feeds'`);
    await test.sql(`DELETE FROM feed WHERE tenant_id = 'feeds'`);
  });

  it('is one that a round has no time for, and what is read of all at once is told', async () => {
    const late: number[] = [];
    const { unread, conditions, sawNobody } = await readConditions(test.as('worker'), settings, {
      onUnread: () => undefined,
      onLate: ({ tenants }) => late.push(tenants),
      lookForMs: -1,
    });
    expect(late).toEqual([await test.database.tenant.count()]);
    expect(unread.has('sick')).toBe(true);
    expect(sawNobody).toBe(true);
    expect(conditions.some(({ tenant, kind }) => tenant === 'drift' && kind === 'drift_found')).toBe(true);
  });

  it('is none whose watch is held by somebody who counts in it', async () => {
    await test.database.$transaction(async (transaction) => {
      await transaction.$executeRaw`SELECT 1 FROM gate_watch WHERE tenant_id = 'ready' FOR UPDATE`;
      expect(await now('ready', 'ready_to_widen')).toMatchObject([{ subject: 'ready' }]);
    });
  });
});

describe('a tenant that a launch is rehearsed on', () => {
  it('is read only where a channel names it', async () => {
    await openTenant(test.database, 'practice', ['acme']);
    await test.sql(`UPDATE tenant SET rehearsal_us = 60000000 WHERE id = 'practice'`);
    await samplesSay(test.database, 'practice', { queue_lag: 'miss' });
    expect(await now('practice')).toEqual([]);
    const { conditions, rehearsals } = await readConditions(test.as('worker'), settings, {
      wished: { every: true, named: ['practice'] },
      onUnread: () => undefined,
    });
    expect(conditions.filter(({ tenant }) => tenant === 'practice')).toMatchObject([
      { kind: 'signal_missed' },
    ]);
    expect([...rehearsals]).toEqual(['practice']);
  });

  it('has no series before its first event', async () => {
    const known = new Set((await readKnownSuppliers(test.as('worker'))).map(({ tenant }) => tenant));
    expect([known.has('sick'), known.has('practice')]).toEqual([true, false]);
  });
});

describe('links', () => {
  it('are those of the console', () => {
    expect(pages.gate('shop')).toBe(paths.gate('shop'));
    expect(pages.storefronts('shop')).toBe(paths.storefronts('shop'));
    expect(pages.supplier('shop', 'acme')).toBe(paths.supplier('shop', 'acme'));
    expect(pages.feedRun('shop', 'night', 'r-1')).toBe(paths.feedRun('shop', 'night', 'r-1'));
  });
});
