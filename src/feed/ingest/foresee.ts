import type { Database } from '../../database/client.ts';
import type { Rejection } from '../../domain/failure-modes.ts';
import { normalizeEvent } from '../../domain/normalize.ts';
import { inPieces } from '../../domain/sku-alias.ts';
import { microsOf, type Micros } from '../../domain/time.ts';
import { readAliasBook } from '../../ledger/alias-book.ts';
import { supplierRules } from '../../sku-rule/supplier-rules.ts';

interface ForeseenEvent {
  sku: string;
  quantity: number;
  updatedAt: Micros;
}

export interface Foresight {
  /** Which flag is closed, in words; undefined: its events flow. */
  closed: string | undefined;
  /** Why an event that arrives now is going to be rejected, or held for its code; undefined: it is not. */
  fate: (event: ForeseenEvent) => Rejection | 'unknown_sku' | undefined;
}

/** What is going to become of a supplier's events after they are accepted; undefined for an unknown one. */
export async function foresee(
  database: Pick<Database, 'supplier' | 'skuAlias' | 'tenant'>,
  { tenant, supplier }: { tenant: string; supplier: string },
): Promise<Foresight | undefined> {
  const row = await database.supplier.findUnique({
    where: { tenantId_id: { tenantId: tenant, id: supplier } },
    select: {
      state: true,
      skuPattern: true,
      clockToleranceSeconds: true,
      tenant: { select: { state: true } },
    },
  });
  if (!row) return undefined;
  const rules = supplierRules(row);
  const aliases = await readAliasBook(database, { tenant, supplier });
  const closed = [
    ...(row.tenant.state === 'closed' ? [`the tenant ${tenant}`] : []),
    ...(row.state === 'open' ? [] : [`the supplier ${supplier}`]),
  ];
  return {
    closed:
      closed.length === 0 ? undefined : `${closed.join(' and ')} ${closed.length > 1 ? 'are' : 'is'} closed`,
    fate: (event) => {
      const alias = aliases.of(event.sku);
      const isKnown = alias ? inPieces(event.quantity, alias.factor) !== undefined : !aliases.holdsUnknown;
      if (!isKnown) return 'unknown_sku';
      const { sku } = alias ?? event;
      const normalized = normalizeEvent({ ...event, sku, receivedAt: microsOf(new Date()) }, rules);
      return normalized.ok ? undefined : normalized.mode;
    },
  };
}
