import { randomUUID } from 'node:crypto';
import type { Answer } from '../../storefront/answer.ts';
import { bustCache } from '../../storefront/bust-cache.ts';
import { failed, ok, type Check } from './check.ts';

/** No item has this name: SKUs are in upper case. */
export const PROBE_SKU = 'doctor-probe';

/** Keeps the version of the probe below 2^31 for decades, and above that of every probe before it. */
const EPOCH_SECONDS = 1_700_000_000;

const KEEP_HIGHEST =
  'Have it keep the highest version that it has seen of an item, and answer a lower one ' +
  '{"accepted": true, "reason": "superseded"}.';

/**
 * Whether a tenant's storefront takes signed cache busts and keeps the highest version. It is told two versions of
 * an item that does not exist, `{tenant}:doctor-probe`: the higher one first.
 */
export async function checkStorefront(storefront: {
  /** As it is called in the table. */
  subject: string;
  tenant: string;
  url: string;
  secret: Buffer;
  secretBefore?: Buffer | undefined;
  nowSeconds: number;
}): Promise<Check> {
  const { subject, tenant, url, secret, secretBefore } = storefront;
  const name = `storefront of ${subject}`;
  const higher = Math.floor(storefront.nowSeconds) - EPOCH_SECONDS;
  const tell = (version: number): Promise<Answer> =>
    bustCache({
      storefrontUrl: url,
      secret,
      secretBefore,
      messageId: `doctor_${randomUUID()}`,
      item: { itemId: `${tenant}:${PROBE_SKU}`, tenant, sku: PROBE_SKU, version, quantity: 0 },
      timeoutMs: 5_000,
    });

  const first = await tell(higher);
  if (first.kind !== 'accepted') {
    const todo =
      first.kind === 'rejected'
        ? 'See that it has the secret that `catalog-sync tenant` printed last, and takes our messages.'
        : 'See that it runs, and that the address is right: `catalog-sync tenant list`.';
    return failed(name, `the probe was not accepted: ${first.reason}`, todo);
  }
  const second = await tell(higher - 1);
  if (second.kind !== 'accepted')
    return failed(name, `a lower version was not accepted: ${second.reason}`, KEEP_HIGHEST);
  if (second.reason !== 'superseded') {
    const said =
      second.reason === undefined ? 'without "superseded"' : `with ${JSON.stringify(second.reason)}`;
    return failed(name, `a lower version was taken after a higher one (accepted ${said})`, KEEP_HIGHEST);
  }
  return ok(name, `keeps the highest version (tried with the item ${tenant}:${PROBE_SKU})`);
}
