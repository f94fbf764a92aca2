export const TENANT_STATES = ['closed', 'canary', 'open'] as const;
export type TenantState = (typeof TENANT_STATES)[number];

export const SUPPLIER_STATES = ['closed', 'open'] as const;
export type SupplierState = (typeof SUPPLIER_STATES)[number];
