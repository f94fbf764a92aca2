import { z } from 'zod';
import { readDocument, type DocumentFault } from '../feed/definition/read-document.ts';
import { isKind, kindNamed, KINDS, type KindName } from '../storefront/kinds/index.ts';
import type { Limits } from '../storefront/kinds/kind.ts';
import { limitsSchema } from './limits-schema.ts';

/** What is set for a storefront besides its name and kind. */
export interface StorefrontSettings {
  kind: KindName;
  url: string;
  /** Those of a lower place are told first. */
  place: number;
  /** What opens or signs for it; undefined: none was given. */
  secret: string | undefined;
  /** Those of the document, else those of its kind; undefined: none. */
  limits: Limits | undefined;
  /** By the schema of its kind. */
  config: object;
}

/** A document that describes no storefront, with every fault at once. */
export class BadStorefront extends Error {
  override name = 'BadStorefront';
  readonly faults: readonly DocumentFault[];

  constructor(faults: readonly DocumentFault[]) {
    const lines = faults.map(({ path, fault }) => `  ${path === '' ? 'it' : path} ${fault}`);
    super(`The document is no storefront:\n${lines.join('\n')}`);
    this.faults = faults;
  }
}

const common = z.looseObject({
  limits: limitsSchema.optional(),
  url: z.url({ protocol: /^https?$/, error: 'is no http(s) address' }),
  place: z.int().min(1).max(1_000).default(1),
  secret: z.string().min(1).max(4_000).optional(),
});

/**
 * Reads what a storefront of a kind is to be.
 *
 * @param text YAML or JSON
 * @throws BadStorefront
 */
export async function readStorefront(kind: string, text: string): Promise<StorefrontSettings> {
  if (!isKind(kind)) {
    throw new BadStorefront([
      { path: 'kind', fault: `is ${JSON.stringify(kind)}, none of ${KINDS.join(', ')}` },
    ]);
  }
  const document = readDocument(text);
  if (!document.ok) throw new BadStorefront(document.faults);
  const head = common.safeParse(document.value);
  const {
    url: _url,
    place: _place,
    secret: _secret,
    limits: _limits,
    ...rest
  } = (head.data ?? document.value ?? {}) as Record<string, unknown>;
  const { config: schema, secret: secretIs, limits: ofKind, mostItems } = await kindNamed(kind);
  const config = schema.safeParse(rest);
  const faults = [...(head.error?.issues ?? []), ...(config.error?.issues ?? [])].map(
    ({ path, message }) => ({
      path: path.join('.'),
      fault: message,
    }),
  );
  if (head.data?.secret !== undefined && secretIs === 'made')
    faults.push({ path: 'secret', fault: 'is made by us, and printed once: leave it out' });
  if (head.data && head.data.secret === undefined && secretIs === 'given')
    faults.push({ path: 'secret', fault: 'is needed' });
  if ((head.data?.limits?.itemsPerCall ?? 1) > mostItems)
    faults.push({ path: 'limits.itemsPerCall', fault: `is at most ${mostItems} for kind ${kind}` });
  if (faults.length > 0 || !head.data) throw new BadStorefront(faults);
  const { url, place, secret, limits } = head.data;
  return {
    kind,
    url,
    place,
    secret,
    limits: (limits || ofKind) && { ...ofKind, ...limits },
    config: config.data as object,
  };
}
