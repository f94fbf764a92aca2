import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { CallAdminApi } from './call-admin-api.ts';
import { QUANTITY, SET_QUANTITIES, SET_VERSIONS, VERSION_FIELD } from './documents.ts';
import type { Variant } from './read-variants.ts';

/** What is written of a variant, unless it is something else by then than what was read. */
export interface Write {
  variant: Variant;
  version: number;
  quantity: number;
}

/** Why nothing was written: of the write at an index, or, without one, of all. */
export interface WriteError {
  index: number | undefined;
  code: string;
  message: string;
}

const code = z
  .string()
  .nullish()
  .transform((given) => given ?? 'without a code');
const versionErrors = z.object({
  metafieldsSet: z.object({
    userErrors: z.array(z.object({ code, message: z.string(), elementIndex: z.int().nullish() })),
  }),
});
const quantityErrors = z.object({
  inventorySetQuantities: z.object({
    userErrors: z.array(z.object({ code, message: z.string(), field: z.array(z.string()).nullish() })),
  }),
});

/** Writes our versions, all or none. @throws CallFailed */
export async function writeVersions(call: CallAdminApi, writes: readonly Write[]): Promise<WriteError[]> {
  const metafields = writes.map(({ variant, version }) => ({
    ...{ ownerId: variant.id, ...VERSION_FIELD, value: String(version), compareDigest: variant.digest },
  }));
  const { metafieldsSet } = await call(SET_VERSIONS, { metafields }, versionErrors);
  return metafieldsSet.userErrors.map(({ elementIndex, ...error }) => ({
    ...error,
    index: elementIndex ?? undefined,
  }));
}

/** Sets quantities, all or none. @throws CallFailed */
export async function writeQuantities(
  call: CallAdminApi,
  writes: readonly Write[],
  locationId: string,
): Promise<WriteError[]> {
  const quantities = writes.map(({ variant, quantity }) => ({
    ...{ inventoryItemId: variant.inventoryItemId, locationId, quantity },
    changeFromQuantity: variant.onHand,
  }));
  const input = { name: QUANTITY, reason: 'correction', quantities };
  // A new key each time: what was compared keeps a second one from doing harm, and an old key would answer for a write of
  // before somebody else's.
  const { inventorySetQuantities } = await call(SET_QUANTITIES, { input, key: randomUUID() }, quantityErrors);
  return inventorySetQuantities.userErrors.map(({ field, ...error }) => ({
    ...error,
    index: indexIn(field),
  }));
}

/** `["input", "quantities", "2", "quantity"]` is of the third. */
function indexIn(field: readonly string[] | null | undefined): number | undefined {
  const at = field?.indexOf('quantities') ?? -1;
  const index = at === -1 ? undefined : field?.[at + 1];
  return index !== undefined && /^\d+$/.test(index) ? Number(index) : undefined;
}
