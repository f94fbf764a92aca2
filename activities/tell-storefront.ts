import type { NormalizedEvent } from '../src/domain/sync-event.ts';
import type { StoredStorefront } from '../src/ledger/publish-attempt.ts';
import type { Answer } from '../src/storefront/answer.ts';
import type { ShownItem } from '../src/storefront/kinds/kind.ts';
import { openDefault, openStorefront, type Opened } from '../src/storefront/open.ts';
import { sendingOn } from '../src/telemetry/tracing/sent-on.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** What a storefront is told. */
export interface Message extends NormalizedEvent {
  tenant: string;
  version: number;
  replayId: string | undefined;
  /** Of the span in whose course it is told; undefined: tracing is off. */
  traceparent?: string | undefined;
}

/** Who is told. */
export interface ToTell {
  tenant: string;
  storefront: string;
  /** Undefined: the default one. */
  stored: StoredStorefront | undefined;
  timeoutMs: number;
  /** Of the call's span, to be sent on; undefined: it has none. */
  traceparent?: string | undefined;
}

/** Longer than this, in ms, nobody waits for what a storefront shows that it has just been told of. */
const READ_BACK_WITHIN_MS = 1_000;

/** One of those that a storefront is told of in a call. */
export interface TellOf {
  messageId: string;
  message: Message;
  quantity: number;
}

/**
 * Tells a storefront of a tenant versions, in one call. What stands in the way of telling it at all is an answer, too: the
 * attempts are written down by then, and have to end.
 *
 * @returns an answer for each, in their order, and how to read what it shows then
 */
export async function tellStorefront(
  { log, defaultStorefront, openSecret }: ActivityDependencies,
  { tenant, storefront: name, stored, timeoutMs, traceparent }: ToTell,
  all: readonly TellOf[],
): Promise<{
  answers: Answer[];
  readBack?: (told: Omit<TellOf, 'messageId'>) => Promise<ShownItem | undefined>;
}> {
  const unasked = (reason: string) => ({ answers: all.map((): Answer => ({ kind: 'unreachable', reason })) });
  let opened: Opened | undefined;
  try {
    opened = stored
      ? await openStorefront({ tenantId: tenant, name, ...stored }, openSecret)
      : defaultStorefront && (await openDefault(defaultStorefront));
  } catch (error) {
    log.error({ error, tenant, storefront: name }, 'a storefront does not open');
    return unasked(
      error instanceof Error && error.name === 'DecryptionError'
        ? "the storefront's secret does not open with the secrets key of this worker"
        : 'what is set for the storefront is not what this version of the worker reads',
    );
  }
  if (!opened) {
    return unasked(
      `tenant ${tenant} has no storefront of its own, and this worker no default one (STOREFRONT_URL and STOREFRONT_SECRET): ` +
        `give it one by catalog-sync tenant set ${tenant} --storefront, or catalog-sync storefront add`,
    );
  }
  const { kind, storefront } = opened;
  const messages = all.map((told) => ({ id: told.messageId, item: itemOf(told) }));
  let answers: Answer[];
  try {
    answers = await sendingOn(traceparent, () => kind.publish(storefront, { messages, timeoutMs }));
  } catch (error) {
    // A mistake in the kind: whatever the storefront or the network does is an answer.
    log.error({ error, tenant, storefront: name }, 'telling a storefront fails');
    return unasked(
      `telling a storefront of kind ${stored?.kind ?? 'webhook'} fails in the worker itself; the worker's log says why`,
    );
  }
  return {
    answers,
    readBack: (told) => kind.readBack(storefront, { item: itemOf(told), timeoutMs: READ_BACK_WITHIN_MS }),
  };
}

function itemOf({ message: { itemId, tenant, sku, version }, quantity }: Omit<TellOf, 'messageId'>) {
  return { itemId, tenant, sku, version, quantity };
}
