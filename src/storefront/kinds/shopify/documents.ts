/**
 * The version of the Admin API that all of this is written for. From 2026-04 on a quantity is set only with
 * `changeFromQuantity` and `@idempotent`.
 */
export const API_VERSION = '2026-07';

/** Where our version is kept, of a variant. */
export const VERSION_FIELD = { namespace: 'catalog_sync', key: 'version', type: 'number_integer' } as const;

/**
 * Of what the shop counts of an item. What is available there falls with each of its orders, which suppliers do not know of
 * yet; this one does not.
 */
export const QUANTITY = 'on_hand';

/** Needs read_products, read_inventory and read_locations. */
export const READ_VARIANTS = `
query CatalogSyncRead($query: String!, $location: ID!, $first: Int!, $after: String) {
  location(id: $location) { id }
  productVariants(first: $first, after: $after, query: $query) {
    nodes {
      id
      sku
      metafield(namespace: "${VERSION_FIELD.namespace}", key: "${VERSION_FIELD.key}") { value compareDigest }
      inventoryItem {
        id
        tracked
        inventoryLevel(locationId: $location) { quantities(names: ["${QUANTITY}"]) { name quantity } }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

/** All of them or none. Needs write_products. */
export const SET_VERSIONS = `
mutation CatalogSyncVersions($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) {
    userErrors { code elementIndex message }
  }
}`;

/** All of them or none. Needs write_inventory. */
export const SET_QUANTITIES = `
mutation CatalogSyncQuantities($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    userErrors { code field message }
  }
}`;
