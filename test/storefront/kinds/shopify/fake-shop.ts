import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { bodyOf, serve } from '../../http-stub.ts';
import { INPUTS, unpublishedIn } from './published-shapes.ts';

export const TOKEN = 'shpat_0123456789abcdef';
export const LOCATION = 'gid://shopify/Location/7';

export interface FakeVariant {
  sku: string;
  tracked: boolean;
  /** Undefined: not stocked at the location. */
  onHand: number | undefined;
  /** Ordered and not shipped: on hand, and not available. */
  committed: number;
  version: string | undefined;
}

interface Call {
  operation: string;
  variables: Record<string, unknown>;
}

/** A shop that answers by the shapes that are published for the Admin API, and refuses what is not among them. */
export interface FakeShop {
  url: string;
  /** By number; of a search it finds all, in order. */
  variants: FakeVariant[];
  /** Whether it asks for its token. */
  locked: boolean;
  calls: Call[];
  /** Before a call is answered; true: it was answered here. */
  before: (call: Call, response: ServerResponse) => boolean | void;
  pageSize: number;
  /** How long it takes to answer, in ms. */
  answersAfterMs: number;
}

type Quantity = Record<(typeof INPUTS.InventoryQuantityInput)[number], number | string | null>;
type Metafield = Record<(typeof INPUTS.MetafieldsSetInput)[number], string | null>;
interface UserError {
  code: string;
  message: string;
  field?: string[];
  elementIndex?: number;
}

const digestOf = (value: string): string => createHash('sha256').update(value).digest('hex');
const numberOf = (gid: unknown): number => Number(String(gid).replace(/^.*\//, ''));

export async function fakeShop(skus: readonly string[]): Promise<FakeShop> {
  const shop: FakeShop = {
    url: '',
    variants: skus.map((sku) => ({ sku, tracked: true, onHand: 3, committed: 0, version: undefined })),
    calls: [],
    locked: true,
    before: () => undefined,
    pageSize: 250,
    answersAfterMs: 0,
  };
  shop.url = await serve(async (request, response) => {
    const { query, variables } = JSON.parse(String(await bodyOf(request))) as { query: string } & Call;
    const say = (status: number, json: object) => response.writeHead(status).end(JSON.stringify(json));
    if (request.url !== '/admin/api/2026-07/graphql.json') return void say(404, { errors: 'Not Found' });
    if (shop.locked && request.headers['x-shopify-access-token'] !== TOKEN)
      return void say(401, {
        errors: '[API] Invalid API key or access token (unrecognized login or wrong password)',
      });
    const call = { operation: /\{\s*(?:location\(.*\s+)?(\w+)/.exec(query)?.[1] ?? '', variables };
    shop.calls.push(call);
    const faults = [...unpublishedIn(query), ...unpublishedInputs(call)];
    if (faults.length > 0)
      return void say(200, {
        errors: faults.map((fault) => ({ message: `Field '${fault}' doesn't exist` })),
      });
    if (shop.before(call, response)) return;
    if (shop.answersAfterMs > 0) await sleep(shop.answersAfterMs);
    say(200, { data: answer(shop, call, query), extensions: { cost: costOf(1_000) } });
  });
  return shop;
}

/** As they are in every answer. */
export function costOf(currentlyAvailable: number) {
  const throttleStatus = { maximumAvailable: 2_000, currentlyAvailable, restoreRate: 100 };
  return { requestedQueryCost: 252, actualQueryCost: null, throttleStatus };
}

function answer(shop: FakeShop, { operation, variables }: Call, query: string): object {
  switch (operation) {
    case 'productVariants':
      return read(
        shop,
        variables as { after: string | null; first: number; location: string; query: string },
        /names: \["(\w+)"\]/.exec(query)?.[1] ?? '',
      );
    case 'metafieldsSet': {
      const metafields = variables['metafields'] as Metafield[];
      const userErrors = metafields.flatMap((one, no) => metafieldError(shop, one, no));
      if (userErrors.length === 0)
        for (const { ownerId, value } of metafields) variantOf(shop, ownerId).version = value ?? undefined;
      return { metafieldsSet: { userErrors } };
    }
    case 'inventorySetQuantities': {
      if (!/@idempotent\(key: \$key\)/.test(query)) return {};
      const { name, quantities } = variables['input'] as { name: string; quantities: Quantity[] };
      const userErrors = quantities.flatMap((one, no) => quantityError(shop, name, one, no));
      if (userErrors.length === 0)
        for (const { inventoryItemId, quantity } of quantities) {
          const variant = variantOf(shop, inventoryItemId);
          variant.onHand = Number(quantity) + (name === 'available' ? variant.committed : 0);
        }
      return { inventorySetQuantities: { userErrors } };
    }
    default:
      return {};
  }
}

function read(
  shop: FakeShop,
  { after, first, location, query }: { after: string | null; first: number; location: string; query: string },
  name: string,
): object {
  const wanted = [...query.matchAll(/sku:"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) =>
    text.replaceAll(/\\(.)/g, '$1').toLowerCase(),
  );
  // A search goes by words: it finds more than what is meant.
  const all = shop.variants.map((variant, no) => ({ variant, no: no + 1 }));
  const hits = all.filter(({ variant }) => wanted.some((sku) => variant.sku.toLowerCase().startsWith(sku)));
  const begin = Number(after ?? 0);
  const end = begin + Math.min(first, shop.pageSize);
  return {
    location: location === LOCATION ? { id: location } : null,
    productVariants: {
      nodes: hits.slice(begin, end).map(({ variant, no }) => ({
        id: `gid://shopify/ProductVariant/${no}`,
        sku: variant.sku,
        metafield:
          variant.version === undefined
            ? null
            : { value: variant.version, compareDigest: digestOf(variant.version) },
        inventoryItem: {
          id: `gid://shopify/InventoryItem/${no}`,
          tracked: variant.tracked,
          inventoryLevel:
            variant.onHand === undefined
              ? null
              : { quantities: [{ name, quantity: quantityNamed(name, variant) }] },
        },
      })),
      pageInfo: { hasNextPage: end < hits.length, endCursor: String(end) },
    },
  };
}

function quantityNamed(name: string, { onHand = 0, committed }: FakeVariant): number {
  return name === 'available' ? onHand - committed : onHand;
}

function variantOf(shop: FakeShop, gid: unknown): FakeVariant {
  const variant = shop.variants[numberOf(gid) - 1];
  if (!variant) throw new Error(`no variant ${String(gid)}`);
  return variant;
}

function metafieldError(
  shop: FakeShop,
  { ownerId, compareDigest }: Metafield,
  elementIndex: number,
): UserError[] {
  const { version } = variantOf(shop, ownerId);
  if (compareDigest === (version === undefined ? null : digestOf(version))) return [];
  return [{ code: 'INVALID_COMPARE_DIGEST', message: 'The compareDigest is invalid.', elementIndex }];
}

function quantityError(shop: FakeShop, name: string, given: Quantity, no: number): UserError[] {
  const error = (code: string, key: string, message: string) => [
    { code, field: ['input', 'quantities', String(no), key], message },
  ];
  if (given.changeFromQuantity === undefined) throw new Error('changeFromQuantity is mandatory');
  if (Number(given.quantity) > 1_000_000_000)
    return error(
      'INVALID_QUANTITY_TOO_HIGH',
      'quantity',
      "The total quantity can't be higher than 1,000,000,000.",
    );
  if (!['available', 'on_hand'].includes(name))
    return [{ code: 'INVALID_NAME', field: ['input', 'name'], message: 'The quantity name is invalid.' }];
  if (given.changeFromQuantity === quantityNamed(name, variantOf(shop, given.inventoryItemId))) return [];
  return error(
    'CHANGE_FROM_QUANTITY_STALE',
    'changeFromQuantity',
    'The changeFromQuantity value does not match persisted value.',
  );
}

function unpublishedInputs({ operation, variables }: Call): string[] {
  const beyond = (names: readonly string[], given: unknown) =>
    Object.keys(given as object).filter((name) => !names.includes(name));
  if (operation === 'metafieldsSet')
    return (variables['metafields'] as object[]).flatMap((one) => beyond(INPUTS.MetafieldsSetInput, one));
  if (operation !== 'inventorySetQuantities') return [];
  const input = variables['input'] as { quantities: object[] };
  return [
    ...beyond(INPUTS.InventorySetQuantitiesInput, input),
    ...input.quantities.flatMap((one) => beyond(INPUTS.InventoryQuantityInput, one)),
  ];
}
