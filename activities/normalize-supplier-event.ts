import { ApplicationFailure } from '@temporalio/common';
import { itemIdOf } from '../src/domain/identity.ts';
import { normalizeEvent } from '../src/domain/normalize.ts';
import type { NormalizedEvent, SyncInput } from '../src/domain/sync-event.ts';
import { supplierRules } from '../src/sku-rule/supplier-rules.ts';
import { mustParseTime } from '../src/domain/time.ts';
import { withoutStack } from '../src/domain/without-stack.ts';

/**
 * Brings an event's SKU into its normal form and judges the event by its supplier's rules.
 *
 * @throws ApplicationFailure, not retried, of type `malformed_sku` or `clock_drift`
 */
export async function normalizeSupplierEvent(input: SyncInput): Promise<NormalizedEvent> {
  const normalized = normalizeEvent(
    {
      sku: input.sku,
      updatedAt: mustParseTime(input.updatedAt),
      receivedAt: mustParseTime(input.receivedAt),
    },
    supplierRules(input),
  );
  if (!normalized.ok) {
    throw withoutStack(
      ApplicationFailure.nonRetryable(`normalize supplier event: ${normalized.detail}`, normalized.mode),
    );
  }
  return { itemId: itemIdOf(input.tenant, normalized.sku), sku: normalized.sku };
}
