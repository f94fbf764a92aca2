import { createHash } from 'node:crypto';
import type { NormalizedEvent } from '../src/domain/sync-event.ts';
import type { StoredStorefront } from '../src/ledger/publish-attempt.ts';
import type { Answer } from '../src/storefront/answer.ts';
import { bustCache } from '../src/storefront/bust-cache.ts';
import { storefrontContext } from '../src/storefront/of-tenant.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** What a storefront is told. */
export interface Message extends NormalizedEvent {
  tenant: string;
  version: number;
  replayId: string | undefined;
}

/**
 * Tells a storefront of a tenant a version. What stands in the way of telling it at all is an answer, too: the attempt is
 * written down by then, and has to end.
 *
 * @returns the answer, and the address that was told
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
): Promise<{ answer: Answer; url?: string }> {
  const { tenant, itemId, sku, version } = message;
  const { quantity, timeoutMs } = told;
  let storefront: Storefront | undefined;
  try {
    storefront = storefrontOf(dependencies, tenant, told);
  } catch (error) {
    dependencies.log.error({ error, tenant }, 'the secret of a storefront does not open');
    return unasked("the storefront's secret does not open with the secrets key of this worker");
  }
  if (!storefront) {
    return unasked(`tenant ${tenant} has no storefront address; set one with catalog-sync tenant set`);
  }
  const { url, secret, secretBefore } = storefront;
  const item = { itemId, tenant, sku, version, quantity };
  const messageId = messageIdOf(message);
  return {
    url,
    answer: await bustCache({ storefrontUrl: url, secret, secretBefore, messageId, item, timeoutMs }),
  };
}

/** The same for every retry of a version; another one for each replay, so that a storefront does not take it for old. */
export function messageIdOf(message: Pick<Message, 'itemId' | 'version' | 'replayId'>): string {
  const content = JSON.stringify([message.itemId, message.version, message.replayId ?? null]);
  return `msg_${createHash('sha256').update(content).digest('base64url')}`;
}

interface Storefront {
  url: string;
  secret: Buffer;
  secretBefore?: Buffer | undefined;
}

function storefrontOf(
  dependencies: ActivityDependencies,
  tenant: string,
  { storefront, stored }: { storefront: string; stored: StoredStorefront | undefined },
): Storefront | undefined {
  if (!stored) return dependencies.defaultStorefront;
  const { url, secret, secretBefore: before } = stored;
  const context = storefrontContext(tenant, storefront);
  return {
    url,
    secret: dependencies.openSecret(secret, context),
    secretBefore: before && dependencies.openSecret(before, context),
  };
}

function unasked(reason: string): { answer: Answer } {
  return { answer: { kind: 'unreachable', reason } };
}
