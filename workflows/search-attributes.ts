import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** By these, people find workflows in the Temporal Web UI. `setup` registers them. */
export const TENANT = defineSearchAttributeKey('Tenant', SearchAttributeType.KEYWORD);
export const SUPPLIER = defineSearchAttributeKey('Supplier', SearchAttributeType.KEYWORD);
export const SKU = defineSearchAttributeKey('Sku', SearchAttributeType.KEYWORD);
export const FAILURE_MODE = defineSearchAttributeKey('FailureMode', SearchAttributeType.KEYWORD);
export const REPLAY_ID = defineSearchAttributeKey('ReplayId', SearchAttributeType.KEYWORD);

export const SEARCH_ATTRIBUTES = [TENANT, SUPPLIER, SKU, FAILURE_MODE, REPLAY_ID];
