import { SETTING_WAIT_MS, type FaultRule } from '../admin/fault-table.ts';

const ADDRESS = 'there is no Admin API: set `url` to the address of the shop at myshopify.com';
const TOKEN =
  'set `secret` to the access token of an app of this shop, with the scopes that docs/storefronts.md names';

/** What errors of a whole call to Shopify's Admin API come to: the first line that fits counts. None says no to an item. */
export const CALL_FAULTS: readonly FaultRule[] = [
  { status: [408, 425, 429, '5xx'], means: 'later' },
  { code: ['THROTTLED'], means: 'later', advice: 'its calls cost more than it allows for now' },
  {
    code: ['MAX_COST_EXCEEDED'],
    means: 'later',
    advice: 'a call costs more than it ever allows: set `limits.itemsPerCall` lower',
    waitMs: SETTING_WAIT_MS,
  },
  { code: ['ACCESS_DENIED'], means: 'signed out', advice: TOKEN, waitMs: SETTING_WAIT_MS },
  { code: ['SHOP_INACTIVE'], means: 'later', advice: 'the shop is not active', waitMs: SETTING_WAIT_MS },
  { status: [401, 403], means: 'signed out', advice: TOKEN, waitMs: SETTING_WAIT_MS },
  { status: [402], means: 'later', advice: 'the shop is frozen', waitMs: SETTING_WAIT_MS },
  { status: [423], means: 'later', advice: 'the shop is locked', waitMs: SETTING_WAIT_MS },
  { status: [404, 405, '3xx'], means: 'later', advice: ADDRESS, waitMs: SETTING_WAIT_MS },
];

/** What errors of an item come to: `MetafieldsSetUserErrorCode` and `InventorySetQuantitiesUserErrorCode`. */
export const ITEM_FAULTS: readonly FaultRule[] = [
  {
    // The second is what the first was called before 2026-04.
    code: [
      ...['CHANGE_FROM_QUANTITY_STALE', 'COMPARE_QUANTITY_STALE', 'INVALID_COMPARE_DIGEST'],
      ...['STALE_OBJECT', 'INVALID_INVENTORY_ITEM'],
    ],
    means: 'stale',
  },
  {
    code: [
      ...['INVALID_QUANTITY_NEGATIVE', 'INVALID_QUANTITY_TOO_HIGH', 'INVALID_QUANTITY_TOO_LOW'],
      ...['ITEM_NOT_STOCKED_AT_LOCATION', 'NON_MUTABLE_INVENTORY_ITEM'],
    ],
    means: 'rejected',
  },
  { code: ['APP_NOT_AUTHORIZED'], means: 'signed out', advice: TOKEN, waitMs: SETTING_WAIT_MS },
  {
    code: ['INVALID_LOCATION'],
    means: 'later',
    advice: 'set `location` to one that the shop has',
    waitMs: SETTING_WAIT_MS,
  },
];
