import { letGo } from '../../outgoing/let-go.ts';
import { outgoing, type OutgoingAnswer } from '../../outgoing/outgoing.ts';
import { SourceFailed } from './source.ts';
import { unreachable } from './unreachable.ts';

/** Asks another one's server for something. @throws SourceFailed where it cannot be reached */
export async function ask(
  url: URL,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<OutgoingAnswer> {
  try {
    return await outgoing().call(url, { method: 'GET', headers, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(url.host, error);
  }
}

/** What another answer than the one that was hoped for means; its body is let go. */
export function unwanted(url: URL, { status, statusText, body }: OutgoingAnswer): SourceFailed {
  letGo(body);
  const moved = status >= 300 && status < 400 ? ': it has moved, and no redirect is followed' : '';
  // Too busy, or broken: it may pass. All else is of the address, or of who asks.
  const passes = status >= 500 || status === 408 || status === 429;
  return new SourceFailed(`${url.host} answered ${status} ${statusText}${moved}`.trimEnd(), { passes });
}
