/**
 * What an error of an item means. `no`: told again, it would get the same. `again`: somebody else wrote meanwhile, which is
 * read once more before anything is written. `later`: it takes a hand or some time, and is tried until then.
 */
export type Verdict = 'no' | 'again' | 'later';

/** `InventorySetQuantitiesUserErrorCode` and `MetafieldsSetUserErrorCode`; what is not here is tried later. */
export const USER_ERRORS: Readonly<Partial<Record<string, Verdict>>> = {
  CHANGE_FROM_QUANTITY_STALE: 'again',
  // Its name before 2026-04.
  COMPARE_QUANTITY_STALE: 'again',
  INVALID_COMPARE_DIGEST: 'again',
  STALE_OBJECT: 'again',
  INVALID_INVENTORY_ITEM: 'again',

  INVALID_QUANTITY_NEGATIVE: 'no',
  INVALID_QUANTITY_TOO_HIGH: 'no',
  INVALID_QUANTITY_TOO_LOW: 'no',
  ITEM_NOT_STOCKED_AT_LOCATION: 'no',
  NON_MUTABLE_INVENTORY_ITEM: 'no',

  APP_NOT_AUTHORIZED: 'later',
  CAPABILITY_VIOLATION: 'later',
  COMPARE_QUANTITY_REQUIRED: 'later',
  IDEMPOTENCY_CONCURRENT_REQUEST: 'later',
  IDEMPOTENCY_KEY_PARAMETER_MISMATCH: 'later',
  INTERNAL_ERROR: 'later',
  INVALID_LOCATION: 'later',
  INVALID_NAME: 'later',
  INVALID_REASON: 'later',
  INVALID_REFERENCE_DOCUMENT: 'later',
  INVALID_TYPE: 'later',
  INVALID_VALUE: 'later',
  NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR: 'later',
};

/** What a status means where the words of HTTP do not say it. None says no to an item: all are tried again. */
export const STATUSES: Readonly<Partial<Record<number, string>>> = {
  401: 'the access token is not taken: is it the right one, and of this shop?',
  402: 'the shop is frozen',
  403: 'the access token may not do this: which scopes has its app?',
  404: 'there is no shop at this address',
  423: 'the shop is locked',
};

/** What an error of a whole call means, by `extensions.code`. None says no to an item: all are tried again. */
export const CALL_ERRORS: Readonly<Partial<Record<string, string>>> = {
  THROTTLED: 'its calls cost more than it allows for now',
  MAX_COST_EXCEEDED: 'a call costs more than it ever allows: set limits.itemsPerCall lower',
  ACCESS_DENIED: 'the access token may not do this: which scopes has its app?',
  SHOP_INACTIVE: 'the shop is not active',
  INTERNAL_SERVER_ERROR: 'a fault of its own',
};
