import { SETTING_WAIT_MS, type FaultRule } from '../admin/fault-table.ts';

/** What errors of Medusa's Admin API come to: the first line that fits counts. */
export const MEDUSA_FAULTS: readonly FaultRule[] = [
  { status: [408, 425, 429, '5xx'], means: 'later' },
  {
    status: [401, 403],
    means: 'signed out',
    advice: 'set `email` and `secret` of a user of the shop, or a secret API key as `secret`',
    waitMs: SETTING_WAIT_MS,
  },
  // Not there any more since it was read, or there now: the next try reads again.
  { code: ['not_found', 'conflict', 'duplicate_error'], means: 'later' },
  { code: ['invalid_data'], says: 'already exists', means: 'later' },
  {
    status: [404, 405, '3xx'],
    means: 'later',
    advice: 'there is no Admin API: set `url`',
    waitMs: SETTING_WAIT_MS,
  },
  { status: ['4xx'], means: 'rejected' },
];
