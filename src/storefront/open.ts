import { kindNamed } from './kinds/index.ts';
import type { Kind, Limits, OpenStorefront } from './kinds/kind.ts';
import { storefrontContext } from './of-tenant.ts';

/** A storefront as it is kept, or the part of it that somebody may see. */
export interface KeptStorefront {
  tenantId: string;
  name: string;
  kind: string;
  url: string;
  config: unknown;
  limits?: Limits | undefined;
  secret?: Uint8Array | null | undefined;
  /** Only while it still signs. */
  secretBefore?: Uint8Array | null | undefined;
}

/** Opens what is sealed in the database. @throws DecryptionError */
export type OpenSecret = (sealed: Uint8Array, context: string) => Buffer;

/** A storefront that may be told and read, as its kind does it. */
export interface Opened {
  kind: Kind;
  storefront: OpenStorefront;
}

/**
 * Opens what is kept of a storefront: its kind, what that makes of its configuration, and its secrets.
 *
 * @throws DecryptionError, ZodError for a configuration and Error for a kind that this version does not read
 */
export async function openStorefront(kept: KeptStorefront, openSecret: OpenSecret): Promise<Opened> {
  const { tenantId, name, url, config, limits, secret, secretBefore } = kept;
  const kind = await kindNamed(kept.kind);
  const context = storefrontContext(tenantId, name);
  const opened = (sealed: Uint8Array | null | undefined) =>
    sealed ? openSecret(sealed, context) : undefined;
  return {
    kind,
    storefront: {
      ...{ url, config: kind.config.parse(config), limits },
      ...{ secret: opened(secret), secretBefore: opened(secretBefore) },
    },
  };
}

/** The one of tenants that have none of their own: told by our webhook. */
export async function openDefault(
  storefront: Pick<OpenStorefront, 'url' | 'secret' | 'secretBefore'>,
): Promise<Opened> {
  return { kind: await kindNamed('webhook'), storefront: { ...storefront, config: {} } };
}
