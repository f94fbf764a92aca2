import type { Kind } from './kind.ts';

/** How storefronts can be told. */
export const KINDS = ['webhook', 'purge', 'vendure', 'medusa', 'shopify'] as const;
export type KindName = (typeof KINDS)[number];

const LOADERS: Record<KindName, () => Promise<Kind>> = {
  webhook: async () => (await import('./webhook.ts')).webhook,
  purge: async () => (await import('./purge/purge.ts')).purge,
  vendure: async () => (await import('./vendure/vendure.ts')).vendure,
  medusa: async () => (await import('./medusa/medusa.ts')).medusa,
  shopify: async () => (await import('./shopify/shopify.ts')).shopify,
};

export function isKind(name: string): name is KindName {
  return Object.hasOwn(LOADERS, name);
}

/** Loaded when one asks for it. @throws Error for a kind that this version does not have */
export async function kindNamed(name: string): Promise<Kind> {
  if (!isKind(name)) throw new Error(`this version has no storefronts of kind ${JSON.stringify(name)}`);
  return LOADERS[name]();
}
