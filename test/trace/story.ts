import { recordEventFailure } from '../../src/ledger/record-event-failure.ts';
import { saveCatalogItem } from '../../src/ledger/save-catalog-item.ts';
import type { FailureMode } from '../../src/domain/failure-modes.ts';
import { itemIdOf } from '../../src/domain/identity.ts';
import { normalizeSku } from '../../src/domain/normalize.ts';
import { mustParseTime } from '../../src/domain/time.ts';
import type { TestDatabase } from '../support/database.ts';
import { record } from '../support/record.ts';

export interface Told {
  tenant?: string;
  supplier?: string;
  id: string;
  sku?: string;
  quantity?: number;
  updatedAt?: string;
}

export const WEB_UI = { temporalUiUrl: 'http://ui.test', namespace: 'shop' };

/** Tells the ledger of events, and does what their workflows would. */
export function storyTeller(test: TestDatabase) {
  const receive = async ({
    tenant = 'canary',
    supplier = 'acme',
    id,
    sku = 'CHAIR-01',
    quantity = 7,
    updatedAt = '2026-06-01T10:00:05Z',
  }: Told): Promise<bigint> => {
    await record(test.database, tenant, supplier, [
      { eventId: id, sku, quantity, updatedAt: mustParseTime(updatedAt) },
    ]);
    const key = { tenantId: tenant, supplierId: supplier, eventId: id };
    const row = await test.database.supplierEvent.findUniqueOrThrow({
      where: { tenantId_supplierId_eventId: key },
    });
    return row.seq;
  };
  return {
    receive,
    save: async (event: Told): Promise<bigint> => {
      const seq = await receive(event);
      const sku = normalizeSku(event.sku ?? 'CHAIR-01');
      const itemId = itemIdOf(event.tenant ?? 'canary', sku);
      await saveCatalogItem(test.database, { seq: seq.toString(), itemId, sku });
      return seq;
    },
    fail: async (event: Told, failureMode: FailureMode, detail: string): Promise<void> => {
      const seq = await receive(event);
      await recordEventFailure(test.database, { seq: seq.toString(), failureMode, detail, patience: 0n });
    },
    /** An attempt to tell the storefront of an event's version, with its end. */
    publish: async (
      seq: bigint,
      itemId: string,
      version: number,
      end: [string, number, string?],
    ): Promise<void> => {
      await test.sql(
        // Where the storefront has limits, it is just this item's turn.
        `SELECT finish_publish_attempt(attempt_id, $4, $5, $6)
           FROM supplier_event e
          CROSS JOIN LATERAL next_storefront(e.tenant_id, $2, $3, NULL, '{}') n
          CROSS JOIN LATERAL begin_publish_attempt($1, $2, $3, 'sync:canary:acme:x', 'msg', NULL, '{}',
                                                   n.storefront) begun
          WHERE e.seq = $1 AND attempt_id IS NOT NULL`,
        [seq, itemId, version, end[0], end[1], end[2] ?? null],
      );
    },
  };
}
