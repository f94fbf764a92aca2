/** A field: the type that it leads to, or undefined for a scalar or an enum, and its arguments. */
type Field = readonly [type: string | undefined, ...args: string[]];
const LEAF: Field = [undefined];

/**
 * As https://shopify.dev/docs/api/admin-graphql/2026-07 publishes them, of what is asked for: whole objects where they are
 * small, else the fields that matter here.
 */
const TYPES: Record<string, Record<string, Field>> = {
  query: {
    location: ['Location', 'id'],
    productVariants: [
      ...(['ProductVariantConnection', 'after', 'before', 'first', 'last'] as const),
      ...['query', 'reverse', 'savedSearchId', 'sortKey'],
    ],
  },
  mutation: {
    inventorySetQuantities: ['InventorySetQuantitiesPayload', 'input'],
    metafieldsSet: ['MetafieldsSetPayload', 'metafields'],
  },
  Location: { id: LEAF, isActive: LEAF, name: LEAF },
  ProductVariantConnection: { nodes: ['ProductVariant'], pageInfo: ['PageInfo'] },
  PageInfo: { endCursor: LEAF, hasNextPage: LEAF, hasPreviousPage: LEAF, startCursor: LEAF },
  ProductVariant: {
    ...{ id: LEAF, sku: LEAF, inventoryQuantity: LEAF },
    inventoryItem: ['InventoryItem'],
    metafield: ['Metafield', 'namespace', 'key'],
  },
  InventoryItem: {
    ...{ id: LEAF, sku: LEAF, tracked: LEAF },
    inventoryLevel: ['InventoryLevel', 'locationId', 'includeInactive'],
  },
  InventoryLevel: { id: LEAF, quantities: ['InventoryQuantity', 'names'] },
  InventoryQuantity: { id: LEAF, name: LEAF, quantity: LEAF, updatedAt: LEAF },
  Metafield: { compareDigest: LEAF, id: LEAF, key: LEAF, namespace: LEAF, type: LEAF, value: LEAF },
  MetafieldsSetPayload: { metafields: ['Metafield'], userErrors: ['MetafieldsSetUserError'] },
  MetafieldsSetUserError: { code: LEAF, elementIndex: LEAF, field: LEAF, message: LEAF },
  InventorySetQuantitiesPayload: { userErrors: ['InventorySetQuantitiesUserError'] },
  InventorySetQuantitiesUserError: { code: LEAF, field: LEAF, message: LEAF },
};

export const INPUTS = {
  InventorySetQuantitiesInput: ['name', 'quantities', 'reason', 'referenceDocumentUri'],
  InventoryQuantityInput: ['changeFromQuantity', 'inventoryItemId', 'locationId', 'quantity'],
  MetafieldsSetInput: ['compareDigest', 'key', 'namespace', 'ownerId', 'type', 'value'],
} as const;

export const ERROR_CODES = [
  // InventorySetQuantitiesUserErrorCode
  ...['CHANGE_FROM_QUANTITY_STALE', 'COMPARE_QUANTITY_REQUIRED', 'COMPARE_QUANTITY_STALE'],
  ...['IDEMPOTENCY_CONCURRENT_REQUEST', 'IDEMPOTENCY_KEY_PARAMETER_MISMATCH', 'INVALID_INVENTORY_ITEM'],
  ...['INVALID_LOCATION', 'INVALID_NAME', 'INVALID_QUANTITY_NEGATIVE', 'INVALID_QUANTITY_TOO_HIGH'],
  ...[
    'INVALID_QUANTITY_TOO_LOW',
    'INVALID_REASON',
    'INVALID_REFERENCE_DOCUMENT',
    'ITEM_NOT_STOCKED_AT_LOCATION',
  ],
  ...['NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR', 'NON_MUTABLE_INVENTORY_ITEM'],
  // MetafieldsSetUserErrorCode
  ...['APP_NOT_AUTHORIZED', 'BLANK', 'CAPABILITY_VIOLATION', 'INCLUSION', 'INTERNAL_ERROR', 'INVALID'],
  ...['INVALID_COMPARE_DIGEST', 'INVALID_TYPE', 'INVALID_VALUE', 'LESS_THAN_OR_EQUAL_TO', 'PRESENT'],
  ...['STALE_OBJECT', 'TAKEN', 'TOO_LONG', 'TOO_SHORT'],
];

/** What a document asks for that is not published, as paths. Reads no more of GraphQL than our documents hold. */
export function unpublishedIn(document: string): string[] {
  const tokens = document.match(/"[^"]*"|\.\.\.|\w+|[^\s\w,]/g) ?? [];
  const faults: string[] = [];
  let at = 0;
  const skipTo = (token: string): void => {
    while (tokens[at] !== token) at += 1;
  };
  const argumentsOf = (): string[] => {
    const names: string[] = [];
    for (let depth = 0; at < tokens.length; at += 1) {
      if (tokens[at] === '(') depth += 1;
      if (tokens[at] === ')') depth -= 1;
      if (depth === 1 && tokens[at + 1] === ':') names.push(tokens[at] ?? '');
      if (depth === 0) break;
    }
    at += 1;
    return names;
  };
  const selection = (type: string, path: string): void => {
    for (at += 1; tokens[at] !== '}';) {
      const name = tokens[at] ?? '';
      const field = TYPES[type]?.[name];
      if (!field) faults.push(`${path}.${name}`);
      at += 1;
      const args = tokens[at] === '(' ? argumentsOf() : [];
      for (const one of args) if (!field?.slice(1).includes(one)) faults.push(`${path}.${name}(${one})`);
      if (tokens[at] === '@') {
        at += 2;
        argumentsOf();
      }
      if (tokens[at] === '{') selection(field?.[0] ?? '', `${path}.${name}`);
    }
    at += 1;
  };
  const [operation = ''] = tokens;
  skipTo('(');
  argumentsOf();
  skipTo('{');
  selection(operation, operation);
  return faults;
}
