import type { ConditionKind } from '../../src/domain/notify.ts';
import { refuseRun } from '../../src/feed/run/decide-run.ts';
import { setTenantState, withTenantLock } from '../../src/flags/set-state.ts';
import { rollBack } from '../../src/gate/roll-back.ts';
import { BY, feedOf, openShop, runFile, TENANT } from '../feed/run/run-world.ts';
import { closedTenant, samplesSay, watchedEnough } from '../gate/launch.ts';
import type { TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';

interface Turn {
  on(test: TestDatabase): Promise<unknown>;
  off(test: TestDatabase): Promise<unknown>;
}

const COLUMNS = 'columns: { sku: sku, quantity: quantity, updatedAt: at }\n';
const open = (test: TestDatabase, tenant: string): Promise<unknown> =>
  withTenantLock(test.database, tenant, (transaction) =>
    setTenantState(transaction, { tenant, state: 'open', actor: 'ada' }),
  );
const rolledBackBy = (tenant: string, actor: string): Turn => ({
  on: async (test) => {
    await openTenant(test.database, tenant, []);
    await rollBack(test.database, { tenant, actor, reason: 'wrong prices' });
  },
  off: async (test) => {
    await open(test, tenant);
    await samplesSay(test.database, tenant);
  },
});
const signal = (tenant: string, verdict: 'miss' | 'inconclusive'): Turn => ({
  on: async (test) => {
    await openTenant(test.database, tenant, ['acme']);
    await samplesSay(test.database, tenant, { queue_lag: verdict });
  },
  off: (test) => samplesSay(test.database, tenant),
});
/** An event of each of some items, decided. */
const decided = async (test: TestDatabase, tenant: string, items: readonly string[]): Promise<void> => {
  const events = items.map((sku) => ({ eventId: `e-${sku}`, sku, quantity: 1, updatedAt: 1n }));
  await record(test.database, tenant, 'acme', events);
  await test.sql(
    `SELECT save_catalog_item(seq, tenant_id || ':' || sku, sku, NULL) FROM supplier_event WHERE tenant_id = $1`,
    [tenant],
  );
};

/** How each kind of condition comes about, of a tenant of its own, and how it ends. */
export const EVERY_KIND: Record<ConditionKind, Turn> = {
  gate_closed: rolledBackBy('gated', 'gate'),
  rolled_back: rolledBackBy('rolled', 'ada'),
  signal_missed: signal('missed', 'miss'),
  signal_inconclusive: signal('mute', 'inconclusive'),
  ready_to_widen: {
    on: async (test) => {
      const tenant = 'ready';
      await closedTenant(test.database, tenant, ['acme', 'globex']);
      await test.sql(`UPDATE tenant SET state = 'canary', opened_at_us = 1 WHERE id = $1`, [tenant]);
      await test.sql(
        `UPDATE supplier SET state = 'open', opened_at_us = 1 WHERE tenant_id = $1 AND id = 'acme'`,
        [tenant],
      );
      await decided(test, tenant, ['A', 'B', 'C']);
      await test.sql(`UPDATE catalog_item_version SET publication = 'accepted' WHERE item_id LIKE 'ready:%'`);
      await samplesSay(test.database, tenant);
      await test.sql(`INSERT INTO gate_watch (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING`, [tenant]);
      await watchedEnough(test.database, tenant);
      await test.sql(
        `INSERT INTO trace_review (tenant_id, supplier_id, watch_number, event_seq, seed, explained_by, explanation, approved_us)
         SELECT $1, '', w.number, e.seq, 'x', 'ada', 'x', 1
           FROM supplier_event e, gate_watch w WHERE e.tenant_id = $1 AND w.tenant_id = $1 AND w.supplier_id = ''`,
        [tenant],
      );
    },
    off: async (test) => {
      await test.sql(`UPDATE supplier SET state = 'open' WHERE tenant_id = 'ready'`);
      await test.sql(`UPDATE tenant SET state = 'open' WHERE id = 'ready'`);
    },
  },
  feed_held: {
    on: async (test) => {
      await openShop(test);
      await samplesSay(test.database, TENANT);
      await feedOf(test, 'night', COLUMNS);
      await runFile(test, 'night', 'sku,quantity,at\n');
    },
    off: async (test) => {
      const { id: runId } = await test.database.feedRun.findFirstOrThrow({ where: { state: 'held' } });
      const by = { ...BY, reason: 'it is empty' };
      await refuseRun(test.as('operator'), { tenant: TENANT, runId, by });
    },
  },
  supplier_silent: {
    on: async (test) => {
      await feedOf(test, 'day', `${COLUMNS}expected: 1h\n`);
      for (const table of ['feed', 'feed_run'])
        await test.sql(`UPDATE ${table} SET created_at_us = created_at_us - 7200000000`);
    },
    off: async (test) => {
      await decided(test, TENANT, ['HEARD']);
      await test.sql(`UPDATE catalog_item_version SET publication = 'accepted' WHERE item_id = 'shop:HEARD'`);
    },
  },
  drift_found: {
    on: async (test) => {
      await openTenant(test.database, 'drift', []);
      await samplesSay(test.database, 'drift');
      await test.sql(
        `INSERT INTO sweep (id, tenant_id, repair, requested_by, state, finished_at_us)
         VALUES ('s-1', 'drift', false, 'x', 'completed', now_us())`,
      );
      await test.sql(
        `INSERT INTO sweep_finding (sweep_id, item_id, kind) VALUES ('s-1', 'drift:CHAIR', 'unknown_there')`,
      );
    },
    off: (test) => test.sql(`UPDATE sweep_finding SET mended_at_us = now_us()`),
  },
  publish_waiting: {
    on: async (test) => {
      await openTenant(test.database, 'waits', ['acme']);
      await samplesSay(test.database, 'waits');
      await decided(test, 'waits', ['CHAIR']);
    },
    off: (test) =>
      test.sql(`UPDATE catalog_item_version SET publication = 'accepted' WHERE item_id = 'waits:CHAIR'`),
  },
  token_expiring: {
    on: (test) =>
      test.sql(
        `INSERT INTO api_token (id, name, role, token_hash, expires_at_us)
         VALUES ('t-1', 'desk', 'viewer', 'x', now_us() + 3600000000)`,
      ),
    off: (test) => test.sql(`UPDATE api_token SET revoked_at_us = now_us() WHERE id = 't-1'`),
  },
  secret_expiring: {
    on: (test) =>
      test.sql(
        `INSERT INTO supplier_secret (tenant_id, supplier_id, ciphertext, expires_at_us)
         VALUES ('missed', 'acme', 'x', now_us() + 3600000000)`,
      ),
    off: (test) => test.sql(`DELETE FROM supplier_secret`),
  },
};
