import type { AuditOptions } from '../option-values.ts';

/** What commands of a tenant's storefront are given. */
export type OfTenant = AuditOptions & { tenant: string };
export type SetOptions = OfTenant & { kind?: string; config?: string; state?: 'closed' | 'open' };
