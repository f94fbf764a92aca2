import { OutgoingRefused } from '../../outgoing/guard.ts';
import { letGo } from '../../outgoing/let-go.ts';
import { outgoing } from '../../outgoing/outgoing.ts';
import { NotSent, RefusedForGood } from '../notify-error.ts';

/** A receiver has so long to answer, in ms. */
export const ANSWER_WITHIN_MS = 10_000;

/** No other try is answered otherwise: the message is wrong or too long, or there is nobody of that address. */
const FOR_GOOD = new Set([400, 404, 410, 413]);

/**
 * Posts JSON; 2xx is yes, and no redirect is followed.
 *
 * @throws NotSent or RefusedForGood, which quotes neither the address nor what was answered: both may hold a secret
 */
export async function post(
  address: string,
  body: Buffer,
  headers: Record<string, string> = {},
): Promise<void> {
  if (!URL.canParse(address)) throw new NotSent('its address is none');
  let status: number;
  try {
    const answer = await outgoing().call(new URL(address), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'catalog-sync', ...headers },
      body,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    status = answer.status;
    // What else it says changes nothing, neither by its length nor by how it ends.
    letGo(answer.body);
  } catch (error) {
    throw new NotSent(whyOf(error));
  }
  if (status >= 200 && status <= 299) return;
  throw new (FOR_GOOD.has(status) ? RefusedForGood : NotSent)(`the receiver answered ${status}`);
}

/** In words that name no address. */
export function whyOf(error: unknown): string {
  if (error instanceof NotSent) return error.message;
  if (error instanceof OutgoingRefused) {
    return `its address ${error.because}: change it, or allow it by OUTGOING_ALLOW`;
  }
  if (error instanceof Error && error.name === 'TimeoutError') {
    return `the receiver did not answer within ${ANSWER_WITHIN_MS / 1000} s`;
  }
  const code = codeOf(error);
  return code === undefined
    ? 'the receiver could not be reached'
    : `the receiver could not be reached (${code})`;
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string' && /^[A-Z_]{3,40}$/.test(error.code))
    return error.code;
  return codeOf(error.cause);
}
