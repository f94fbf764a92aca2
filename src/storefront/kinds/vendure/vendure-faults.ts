import { SETTING_WAIT_MS, type FaultRule } from '../admin/fault-table.ts';

/** What errors of Vendure's Admin API come to: the first line that fits counts. */
export const VENDURE_FAULTS: readonly FaultRule[] = [
  { status: [408, 425, 429, '5xx'], means: 'later' },
  {
    code: ['UNAUTHORIZED', 'FORBIDDEN'],
    means: 'signed out',
    advice:
      'set `username` and `secret` of an administrator, or an API key as `secret`, who may read and update the catalog and read stock locations',
    waitMs: SETTING_WAIT_MS,
  },
  {
    status: [401, 403],
    means: 'signed out',
    advice: 'the shop lets nobody in with this `secret`: set another',
    waitMs: SETTING_WAIT_MS,
  },
  {
    code: ['CHANNEL_NOT_FOUND'],
    means: 'later',
    advice: 'set `channel` to the token of a channel of the shop',
    waitMs: SETTING_WAIT_MS,
  },
  {
    code: ['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED'],
    means: 'later',
    advice: 'declare the custom field of `versionField` in the shop, as docs/storefronts.md has it',
    waitMs: SETTING_WAIT_MS,
  },
  {
    status: [404, 405, '3xx'],
    means: 'later',
    advice: 'there is no Admin API: set `url` and `path`',
    waitMs: SETTING_WAIT_MS,
  },
  // Not there any more since it was read: the next try reads again.
  { code: ['ENTITY_NOT_FOUND'], means: 'later' },
  { code: ['USER_INPUT_ERROR', 'BAD_USER_INPUT', 'ILLEGAL_OPERATION'], means: 'rejected' },
  { code: ['INTERNAL_SERVER_ERROR'], means: 'later' },
];
