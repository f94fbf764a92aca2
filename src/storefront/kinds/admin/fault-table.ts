import { StorefrontSilent } from '../../get-answer.ts';
import { printableReason } from '../../reason.ts';

/** What a fault of a shop's admin API comes to. */
export type FaultMeaning =
  /** The same would be answered again: this item is given up. */
  | 'rejected'
  /** Tried again; not before what the shop asks for, or the rule says. */
  | 'later'
  /** Somebody else wrote since it was read: it is read once more before anything is written. */
  | 'stale'
  /** The session has ended, or the account may not do it: tried again at once after a new login, then later. */
  | 'signed out';

/** A line of an error table. What is given of the first three has to fit. */
export interface FaultRule {
  status?: readonly (number | '3xx' | '4xx' | '5xx')[];
  /** The API's own word for it. */
  code?: readonly string[];
  /** Words of its message. */
  says?: string;
  means: FaultMeaning;
  /** What to set, where that is what helps. */
  advice?: string;
  /** How long it is waited for, where the shop does not say. Undefined: as for any that is not reached. */
  waitMs?: number;
}

/** What was answered in place of what was asked for. */
export interface Fault {
  status: number;
  code?: string | undefined;
  /** What the shop says of it. */
  message?: string | undefined;
  /** What a shop may repeat, and nobody is to read. */
  secret: Buffer;
  retryAfterMs?: number | undefined;
}

/** A shop's admin API answered with an error. The message is printable. */
export class AdminFault extends StorefrontSilent {
  override name = 'AdminFault';
  readonly means: FaultMeaning;

  constructor(
    message: string,
    of: { means: FaultMeaning; httpStatus?: number | undefined; retryAfterMs?: number | undefined },
  ) {
    const { means, httpStatus, retryAfterMs } = of;
    super(message, {
      ...(httpStatus !== undefined && { httpStatus }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
    this.means = means;
  }
}

/** Nobody sets a shop up within seconds. */
export const SETTING_WAIT_MS = 60_000;

/**
 * Something has to be set before the shop can be told.
 *
 * @param message says what to set
 * @param httpStatus undefined: the shop was not even asked
 */
export function notSet(message: string, httpStatus?: number): AdminFault {
  return new AdminFault(printableReason(message), {
    ...{ means: 'later', httpStatus, retryAfterMs: SETTING_WAIT_MS },
  });
}

/** By the first line of a table that fits; what none knows is tried again. */
export function faultOf(step: string, rules: readonly FaultRule[], fault: Fault): AdminFault {
  const rule = rules.find(
    ({ status, code, says }) =>
      (says === undefined || fault.message?.includes(says) === true) &&
      (status === undefined || status.some((one) => fits(one, fault.status))) &&
      (code === undefined || (fault.code !== undefined && code.includes(fault.code))),
  );
  const { means = 'later', advice, waitMs } = rule ?? {};
  const secret = fault.secret.toString();
  const said = [
    `HTTP ${fault.status}`,
    ...(fault.code === undefined ? [] : [fault.code]),
    ...(fault.message === undefined ? [] : [fault.message]),
  ].join(' ');
  const hidden = secret === '' ? said : said.replaceAll(secret, '…');
  const reason = advice === undefined ? hidden : `${advice} (${hidden})`;
  return new AdminFault(printableReason(`${step}: ${reason}`), {
    ...{ means, httpStatus: fault.status },
    retryAfterMs: means === 'rejected' ? undefined : (fault.retryAfterMs ?? waitMs),
  });
}

function fits(one: number | '3xx' | '4xx' | '5xx', status: number): boolean {
  return one === status || one === `${Math.floor(status / 100)}xx`;
}
