import type { Transaction } from '../database/client.ts';
import type { Calendar } from '../domain/calendar.ts';
import type { SupplierState, TenantState } from '../domain/flags.ts';
import type { Opening, Suppliers } from '../domain/gate.ts';
import { MANUAL_SUPPLIER } from '../domain/identity.ts';
import type { Micros } from '../domain/time.ts';
import { parseCalendar } from '../flags/calendar.ts';

/** What the gate has to know of a tenant. */
export interface Launch {
  tenant: string;
  state: TenantState;
  suppliers: Suppliers;
  calendar: Calendar;
  timeZone: string;
  /** Of a tenant that a rehearsal made: how long its watch has to be, in µs; null: a real one. */
  rehearsal: Micros | null;
  /** Of the tenant, or of the supplier named that is open; null where nothing was opened yet. */
  lastOpening: Opening | null;
}

/** @returns undefined for an unknown tenant. @throws Error for a calendar that a hand has altered */
export async function readLaunch(
  transaction: Pick<Transaction, 'tenant'>,
  tenant: string,
): Promise<Launch | undefined> {
  const row = await transaction.tenant.findUnique({
    where: { id: tenant },
    include: {
      suppliers: {
        select: { id: true, state: true, openedAtUs: true },
        where: { id: { not: MANUAL_SUPPLIER } },
        orderBy: { id: 'asc' },
      },
    },
  });
  if (!row) return undefined;
  return {
    tenant,
    state: row.state as TenantState,
    suppliers: row.suppliers.map(({ id, state }) => ({ supplier: id, state: state as SupplierState })),
    calendar: parseCalendar(row.calendar),
    timeZone: row.timeZone,
    rehearsal: row.rehearsalUs,
    lastOpening: lastOf([
      { supplier: null, at: row.openedAtUs },
      ...row.suppliers
        .filter(({ state }) => state === 'open')
        .map(({ id, openedAtUs }) => ({ supplier: id, at: openedAtUs })),
    ]),
  };
}

function lastOf(openings: readonly { supplier: string | null; at: Micros | null }[]): Opening | null {
  let last: Opening | null = null;
  for (const { supplier, at } of openings) {
    if (at !== null && (last === null || at > last.at)) last = { supplier, at };
  }
  return last;
}

/** When something of these tenants was last opened; those of which nothing was are left out. */
export async function readLastOpenings(
  database: Pick<Transaction, '$queryRaw'>,
  tenants: readonly string[],
): Promise<Map<string, Micros>> {
  const rows = await database.$queryRaw<{ id: string; at: bigint }[]>`
    SELECT t.id, greatest(t.opened_at_us, max(s.opened_at_us)) AS at
      FROM tenant t
      LEFT JOIN supplier s ON s.tenant_id = t.id AND s.state = 'open' AND s.id <> ${MANUAL_SUPPLIER}
     WHERE t.id = ANY (${[...tenants]}::text[])
     GROUP BY t.id
    HAVING greatest(t.opened_at_us, max(s.opened_at_us)) IS NOT NULL`;
  return new Map(rows.map(({ id, at }) => [id, at]));
}

/** Those of `suppliers` that are open. */
export function openOf(suppliers: Suppliers): Set<string> {
  return new Set(suppliers.filter(({ state }) => state === 'open').map(({ supplier }) => supplier));
}

/** Those of `suppliers` that are closed. */
export function closedOf(suppliers: Suppliers): string[] {
  return suppliers.filter(({ state }) => state === 'closed').map(({ supplier }) => supplier);
}
