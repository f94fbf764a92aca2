import { createHash } from 'node:crypto';
import type { NormalizedEvent } from '../src/domain/sync-event.ts';
import type { StoredStorefront } from '../src/ledger/publish-attempt.ts';
import type { Answer } from '../src/storefront/answer.ts';
import { kindNamed } from '../src/storefront/kinds/index.ts';
import type { Kind, OpenStorefront, ShownItem } from '../src/storefront/kinds/kind.ts';
import { publishOne } from '../src/storefront/kinds/publish-one.ts';
import { storefrontContext } from '../src/storefront/of-tenant.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** What a storefront is told. */
export interface Message extends NormalizedEvent {
  tenant: string;
  version: number;
  replayId: string | undefined;
}

/** Longer than this, in ms, nobody waits for what a storefront shows that it has just been told of. */
const READ_BACK_WITHIN_MS = 1_000;

/**
 * Tells a storefront of a tenant a version. What stands in the way of telling it at all is an answer, too: the attempt is
 * written down by then, and has to end.
 *
 * @returns the answer, and how to read what it shows then
 */
export async function tellStorefront(
  dependencies: ActivityDependencies,
  message: Message,
  told: {
    storefront: string;
    /** Undefined: the default one. */
    stored: StoredStorefront | undefined;
    quantity: number;
    timeoutMs: number;
  },
): Promise<{ answer: Answer; readBack?: () => Promise<ShownItem | undefined> }> {
  const { tenant, itemId, sku, version } = message;
  const { quantity, timeoutMs } = told;
  const item = { itemId, tenant, sku, version, quantity };
  let opened: Opened | undefined;
  try {
    opened = await openStorefront(dependencies, tenant, told);
  } catch (error) {
    dependencies.log.error({ error, tenant, storefront: told.storefront }, 'a storefront does not open');
    return unasked(
      error instanceof Error && error.name === 'DecryptionError'
        ? "the storefront's secret does not open with the secrets key of this worker"
        : 'what is set for the storefront is not what this version of the worker reads',
    );
  }
  if (!opened) {
    return unasked(`tenant ${tenant} has no storefront address; set one with catalog-sync tenant set`);
  }
  const { kind, storefront } = opened;
  return {
    answer: await publishOne(kind, storefront, { message: { id: messageIdOf(message), item }, timeoutMs }),
    readBack: () => kind.readBack(storefront, { item, timeoutMs: READ_BACK_WITHIN_MS }),
  };
}

/** The same for every retry of a version; another one for each replay, so that a storefront does not take it for old. */
export function messageIdOf(message: Pick<Message, 'itemId' | 'version' | 'replayId'>): string {
  const content = JSON.stringify([message.itemId, message.version, message.replayId ?? null]);
  return `msg_${createHash('sha256').update(content).digest('base64url')}`;
}

interface Opened {
  kind: Kind;
  storefront: OpenStorefront;
}

async function openStorefront(
  { defaultStorefront, openSecret }: ActivityDependencies,
  tenant: string,
  { storefront, stored }: { storefront: string; stored: StoredStorefront | undefined },
): Promise<Opened | undefined> {
  if (!stored) {
    return (
      defaultStorefront && {
        kind: await kindNamed('webhook'),
        storefront: { ...defaultStorefront, config: {} },
      }
    );
  }
  const { kind: name, url, config, secret, secretBefore } = stored;
  const context = storefrontContext(tenant, storefront);
  const kind = await kindNamed(name);
  return {
    kind,
    storefront: {
      url,
      config: kind.config.parse(config),
      secret: secret && openSecret(secret, context),
      secretBefore: secretBefore && openSecret(secretBefore, context),
    },
  };
}

function unasked(reason: string): { answer: Answer } {
  return { answer: { kind: 'unreachable', reason } };
}
