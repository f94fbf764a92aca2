import type { FailureMode } from '../../../src/domain/failure-modes.ts';
import { refuseRun } from '../../../src/feed/run/decide-run.ts';
import type { EventDecided } from '../../../src/telemetry/metrics.ts';
import { alias, arrive, onUnknown } from '../../aliases/alias-world.ts';
import { BY, feedOf, runFile, TENANT } from '../../feed/run/run-world.ts';
import { samplesSay } from '../../gate/launch.ts';
import { openTenant } from '../../support/flags.ts';
import { record } from '../../support/record.ts';
import type { Instance } from './instance.ts';

/** The owners that alerts are routed to, by the path of their receiver. */
export const OWNERS = {
  Infra: 'infra',
  Platform: 'platform',
  Storefront: 'storefront',
  'Support Eng': 'support_eng',
};

/** What makes an alert fire, and what ends it. */
export interface Cause {
  owner: keyof typeof OWNERS;
  plant?: (instance: Instance) => Promise<void> | void;
  /** Goes on every second for as long as it is so. */
  goesOn?: (instance: Instance) => Promise<void> | void;
  end?: (instance: Instance) => Promise<void> | void;
  /** Goes on every second afterwards. */
  afterwards?: (instance: Instance) => Promise<void> | void;
  /** Only without others: it silences some of them. */
  alone?: boolean;
}

const OF_ACME = { tenant: TENANT, supplier: 'acme' };
/** How many times a second an event comes or a call is made. */
const times = (count: number, what: () => void): void => {
  for (let no = 0; no < count; no += 1) what();
};
const decided =
  (count: number, event: Partial<EventDecided>) =>
  ({ worker }: Instance): void =>
    times(count, () => worker.metrics.eventDecided({ ...OF_ACME, outcome: 'won', ...event }));
const failing = (count: number, failureMode: FailureMode, outcome: EventDecided['outcome']) =>
  decided(count, { failureMode, outcome });
const received =
  (status: 'duplicate' | 'conflict', count: number, accepted: number) =>
  ({ server }: Instance): void => {
    server.metrics.eventsReceived({ ...OF_ACME, status: 'accepted', count: accepted });
    server.metrics.eventsReceived({ ...OF_ACME, status, count });
  };
const called =
  (storefront: string, failed: number, accepted: number) =>
  ({ worker }: Instance): void => {
    const call = { ...OF_ACME, storefront, latencySeconds: 0.1 };
    times(failed, () => worker.metrics.publishAttempt({ ...call, result: 'failed' }));
    times(accepted, () => worker.metrics.publishAttempt({ ...call, result: 'accepted' }));
  };
const shownWrong =
  (mode: string, item: string) =>
  async ({ test }: Instance): Promise<void> => {
    await test.sql(
      `INSERT INTO storefront_probe (item_id, probed_at_us, accepted_version, failure_mode)
       VALUES ($1, now_us(), 1, $2)`,
      [`${TENANT}:${item}`, mode],
    );
  };
const shownRight = async ({ test }: Instance, item: string): Promise<void> => {
  await test.sql(
    `INSERT INTO storefront_probe (item_id, probed_at_us, accepted_version) VALUES ($1, now_us(), 1)`,
    [`${TENANT}:${item}`],
  );
};
const eventNo = (no: number) => ({ eventId: `e-${no}`, sku: `S-${no}`, quantity: 1, updatedAt: 1n });
const COLUMNS = 'columns: { sku: sku, quantity: quantity, updatedAt: at }\n';
const pause =
  (feed: string) =>
  async ({ test }: Instance): Promise<void> => {
    await test.sql('UPDATE feed SET paused = true WHERE id = $1', [feed]);
  };
const down = (name: 'worker' | 'server'): Pick<Cause, 'plant' | 'end'> => ({
  plant: (instance) => void (instance[name].up = false),
  end: (instance) => void (instance[name].up = true),
});

/** Before any cause: the tenant that most of them are of. */
export async function prepare({ test }: Instance): Promise<void> {
  await openTenant(test.database, TENANT, ['acme', 'globex']);
  await onUnknown(test, 'hold');
  await openTenant(test.database, 'practice', ['acme']);
  await test.sql(`UPDATE tenant SET state = 'canary' WHERE id = 'practice'`);
}

/** One for each alert of ops/prometheus/alerts.yml; a test holds both together. */
export const CAUSES: Record<string, Cause> = {
  CatalogSyncQueueLag: {
    owner: 'Infra',
    goesOn: ({ worker }) => worker.metrics.eventPublished({ ...OF_ACME, publishedLagSeconds: 200 }),
  },
  CatalogSyncDecisionLag: { owner: 'Infra', goesOn: decided(1, { decidedLagSeconds: 200 }) },
  CatalogSyncOldestPendingEvent: {
    owner: 'Infra',
    plant: async ({ test }) => {
      await openTenant(test.database, 'waits', ['acme']);
      await samplesSay(test.database, 'waits');
      await record(test.database, 'waits', 'acme', [eventNo(1)]);
      await test.sql(
        `UPDATE supplier_event SET received_at_us = received_at_us - 3600000000 WHERE tenant_id = 'waits'`,
      );
    },
    end: async ({ test }) => {
      await test.sql(
        `SELECT save_catalog_item(seq, 'waits:S-1', 'S-1', NULL) FROM supplier_event WHERE tenant_id = 'waits'`,
      );
    },
  },
  CatalogSyncPublishErrors: {
    owner: 'Storefront',
    goesOn: called('shop', 2, 98),
    afterwards: called('shop', 0, 100),
  },
  CatalogSyncStarterBacklog: {
    owner: 'Infra',
    plant: async ({ test }) => {
      await openTenant(test.database, 'behind', ['acme']);
      for (const from of [0, 600]) {
        const events = Array.from({ length: 600 }, (_, no) => eventNo(from + no));
        await record(test.database, 'behind', 'acme', events);
      }
    },
    end: async ({ test }) => {
      await test.sql(`UPDATE tenant SET state = 'closed' WHERE id = 'behind'`);
      await test.sql(`UPDATE supplier_event SET start_due_us = NULL WHERE tenant_id = 'behind'`);
    },
  },
  CatalogSyncGateSampleStale: {
    owner: 'Platform',
    plant: async ({ test }) => {
      await openTenant(test.database, 'dead', ['acme']);
      await test.sql(
        `UPDATE tenant SET opened_at_us = 1, created_at_us = now_us() - 600000000 WHERE id = 'dead'`,
      );
    },
    end: ({ test }) => samplesSay(test.database, 'dead'),
    afterwards: async ({ test }) => {
      for (const tenant of ['dead', 'waits']) await samplesSay(test.database, tenant);
    },
  },
  CatalogSyncSignalMissed: {
    owner: 'Infra',
    goesOn: ({ test }) => samplesSay(test.database, TENANT, { queue_lag: 'miss', trace_coverage: 'miss' }),
    afterwards: ({ test }) => samplesSay(test.database, TENANT),
  },
  CatalogSyncCanaryMissed: {
    owner: 'Platform',
    goesOn: ({ test }) => samplesSay(test.database, 'practice', { stale_items: 'miss' }),
    afterwards: ({ test }) => samplesSay(test.database, 'practice'),
  },
  CatalogSyncSweepDrift: {
    owner: 'Storefront',
    plant: async ({ test }) => {
      await test.sql(
        `INSERT INTO sweep (id, tenant_id, repair, requested_by, state, finished_at_us)
         VALUES ('s-1', $1, false, 'x', 'completed', now_us())`,
        [TENANT],
      );
      await test.sql(
        `INSERT INTO sweep_finding (sweep_id, item_id, kind) VALUES ('s-1', 'shop:CHAIR', 'unknown_there')`,
      );
    },
    end: async ({ test }) => {
      await test.sql(`UPDATE sweep_finding SET mended_at_us = now_us()`);
    },
  },
  CatalogSyncSweepOverdue: {
    owner: 'Platform',
    plant: async ({ test }) => {
      await test.sql(
        `UPDATE tenant SET opened_at_us = now_us() - 200000000000, created_at_us = now_us() - 200000000000
          WHERE id = 'practice'`,
      );
    },
    end: async ({ test }) => {
      await test.sql(
        `INSERT INTO sweep (id, tenant_id, repair, requested_by, state, finished_at_us)
         VALUES ('s-2', 'practice', false, 'x', 'completed', now_us())`,
      );
    },
  },
  CatalogSyncNotificationsFail: {
    owner: 'Platform',
    plant: async ({ test }) => {
      await test.sql(
        `INSERT INTO notify_channel (name, kind, target, shown, inconclusive_us, publish_us, expiry_us)
         VALUES ('desk', 'webhook', 'x', 'x', 0, 0, 0)`,
      );
      await test.sql(
        `INSERT INTO notification (id, channel, made_at_us) VALUES ('n-1', 'desk', now_us() - 1000000000)`,
      );
    },
    end: async ({ test }) => {
      await test.sql(`UPDATE notification SET state = 'sent', ended_at_us = now_us()`);
    },
  },
  // The instance is made so that none was for long.
  CatalogSyncNotificationRoundsMissing: {
    owner: 'Platform',
    end: ({ worker }) => worker.metrics.notificationRoundDone(),
  },
  CatalogSyncMalformedSku: { owner: 'Support Eng', goesOn: failing(2, 'malformed_sku', 'rejected') },
  CatalogSyncClockDrift: { owner: 'Support Eng', goesOn: failing(2, 'clock_drift', 'rejected') },
  CatalogSyncDuplicateEvents: { owner: 'Support Eng', goesOn: received('duplicate', 80, 20) },
  CatalogSyncConflictingEvents: { owner: 'Support Eng', goesOn: received('conflict', 2, 0) },
  CatalogSyncUnknownSku: {
    owner: 'Support Eng',
    plant: async ({ test }) => void (await arrive(test, 'unknown', ['4711', 3], 'globex')),
    end: async ({ test }) => {
      await alias(test, ['4711 CHAIR'], { supplier: 'globex' });
      await test.sql(
        `SELECT save_catalog_item(seq, 'shop:CHAIR', 'CHAIR', NULL) FROM supplier_event WHERE tenant_id = 'shop'`,
      );
    },
  },
  CatalogSyncFeedHeld: {
    owner: 'Platform',
    plant: async ({ test }) => {
      await feedOf(test, 'held', COLUMNS);
      await runFile(test, 'held', 'sku,quantity,at\n');
    },
    end: async ({ test }) => {
      const { id: runId } = await test.database.feedRun.findFirstOrThrow({ where: { state: 'held' } });
      const by = { ...BY, reason: 'it is empty' };
      await refuseRun(test.as('operator'), { tenant: TENANT, runId, by });
    },
  },
  CatalogSyncFeedUnreadable: {
    owner: 'Platform',
    plant: async ({ test }) => {
      await feedOf(test, 'unreadable', COLUMNS);
      await runFile(test, 'unreadable', Buffer.from([0x1f, 0x8b, 8, 0, 0]));
    },
    end: pause('unreadable'),
  },
  CatalogSyncSupplierSilent: {
    owner: 'Platform',
    plant: async ({ test }) => {
      await feedOf(test, 'silent', `${COLUMNS}expected: 1h\n`);
      for (const table of ['feed', 'feed_run'])
        await test.sql(`UPDATE ${table} SET created_at_us = created_at_us - 7200000000`);
    },
    end: pause('silent'),
  },
  CatalogSyncStaleEvents: { owner: 'Platform', goesOn: failing(100, 'stale_catalog_version', 'superseded') },
  CatalogSyncTransactionTimeouts: { owner: 'Platform', goesOn: failing(1, 'transaction_timeout', 'failed') },
  CatalogSyncPublishRejected: { owner: 'Storefront', goesOn: failing(1, 'publish_rejected', 'failed') },
  CatalogSyncStorefrontUnreachable: {
    owner: 'Storefront',
    goesOn: called('cache', 1, 0),
    afterwards: called('cache', 0, 1),
  },
  CatalogSyncOldQuantityShown: {
    owner: 'Storefront',
    plant: shownWrong('old_quantity_shown', 'OLD'),
    end: (instance) => shownRight(instance, 'OLD'),
  },
  CatalogSyncWrongQuantityShown: {
    owner: 'Storefront',
    plant: shownWrong('wrong_quantity_shown', 'WRONG'),
    end: (instance) => shownRight(instance, 'WRONG'),
  },
  // By the same sample as the missed signal.
  CatalogSyncUntraceableEvents: { owner: 'Support Eng' },
  CatalogSyncNoWorker: { owner: 'Infra', alone: true, ...down('worker') },
  CatalogSyncNoServer: { owner: 'Infra', alone: true, ...down('server') },
};
