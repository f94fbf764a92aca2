import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { normalizeSku } from '../domain/normalize.ts';

/** By these, people find workflows in the Temporal Web UI. `setup` registers them. */
export const TENANT = defineSearchAttributeKey('Tenant', SearchAttributeType.KEYWORD);
export const SUPPLIER = defineSearchAttributeKey('Supplier', SearchAttributeType.KEYWORD);
export const SKU = defineSearchAttributeKey('Sku', SearchAttributeType.KEYWORD);
export const FAILURE_MODE = defineSearchAttributeKey('FailureMode', SearchAttributeType.KEYWORD);
export const REPLAY_ID = defineSearchAttributeKey('ReplayId', SearchAttributeType.KEYWORD);

export const SEARCH_ATTRIBUTES = [TENANT, SUPPLIER, SKU, FAILURE_MODE, REPLAY_ID];

/** Temporal keeps so many characters of a keyword. */
const KEYWORD_LENGTH = 255;

/** A SKU as people look it up: normalized, and cut to what Temporal keeps. */
export function keywordOf(sku: string): string {
  return Array.from(normalizeSku(sku)).slice(0, KEYWORD_LENGTH).join('');
}
