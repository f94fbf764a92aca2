import { ApplicationFailure } from '@temporalio/common';
import { itemIdOf } from '../src/domain/identity.ts';
import { normalizeEvent } from '../src/domain/normalize.ts';
import type { NormalizedEvent, SyncInput } from '../src/domain/sync-event.ts';
import { supplierRules } from '../src/sku-rule/supplier-rules.ts';
import { mustParseTime } from '../src/domain/time.ts';
import { withoutStack } from '../src/domain/without-stack.ts';
import { checkSeal } from './check-seal.ts';
import type { ActivityDependencies } from './dependencies.ts';

/**
 * Brings an event's SKU into its normal form and judges the event by its supplier's rules.
 *
 * @throws ApplicationFailure, not retried, of type `malformed_sku`, `clock_drift` or `unsealed_input`
 */
export function normalizeSupplierEventActivity({ seal }: ActivityDependencies) {
  return async function normalizeSupplierEvent(input: SyncInput): Promise<NormalizedEvent> {
    return itemOf(seal, input);
  };
}

/**
 * The item of an event, worked out of its sealed input anew: what a workflow says that normalize said may be another's.
 *
 * @throws as normalize does
 */
export function itemOf(seal: ActivityDependencies['seal'], input: SyncInput): NormalizedEvent {
  checkSeal(seal, input);
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
