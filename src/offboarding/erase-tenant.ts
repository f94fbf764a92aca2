import { originJson, writeAudit, type AuditedBy } from '../database/audit.ts';
import { databaseNow } from '../database/clock.ts';
import type { Database } from '../database/client.ts';
import { UnknownTenantError } from '../database/known-tenant.ts';
import { NAME } from '../domain/identity.ts';
import { formatTime } from '../domain/time.ts';
import { withTenantLock } from '../flags/set-state.ts';
import { restAfterSteps, trying } from '../retention/pacing.ts';

/** The tenant cannot be erased as it is; the message says why, and what to do. */
export class EraseRefused extends Error {
  override name = 'EraseRefused';
}

export interface Erasure {
  tenant: string;
  begunAt: string;
  /** When the last row went; null: there are more. */
  rowsGoneAt: string | null;
  /** When Temporal's workflows were gone, too. */
  finishedAt: string | null;
  /** Rows that went, by table. */
  erased: Record<string, number>;
}

export interface EraseRequest extends AuditedBy {
  tenant: string;
  reason: string;
}

const MOST_AT_ONCE = 1_000;
const LEAST_AT_ONCE = 50;
/** A step holds the tenant's lock, and its rows, in ms. */
const STEP_MS = 200;

/**
 * Looks whether a tenant may be erased, or goes on being.
 *
 * @returns what was begun before, if anything was
 * @throws UnknownTenantError
 * @throws EraseRefused
 */
export async function checkErasable(database: Database, tenant: string): Promise<Erasure | undefined> {
  const begun = await readErasure(database, tenant);
  if (begun?.finishedAt) {
    throw new EraseRefused(`Tenant ${tenant} was erased; that ended at ${begun.finishedAt}.`);
  }
  if (begun?.rowsGoneAt) return begun;
  const row = NAME.test(tenant)
    ? await database.tenant.findUnique({ where: { id: tenant }, select: { state: true } })
    : null;
  if (!row) throw new UnknownTenantError(tenant);
  if (row.state !== 'closed') throw notClosed(tenant, row.state);
  return begun;
}

/**
 * Erases what the database keeps of a closed tenant, in small steps; begun again, it goes on. What stays is said in
 * docs/retention.md. Audited at both ends.
 *
 * @throws UnknownTenantError
 * @throws EraseRefused
 */
export async function eraseRows(
  database: Database,
  request: EraseRequest,
  options: { signal?: AbortSignal; onProgress?: (rows: number) => void; atOnce?: number } = {},
): Promise<Erasure> {
  const { tenant } = request;
  const begun = await checkErasable(database, tenant);
  if (!begun) await begin(database, request);
  if (!begun?.rowsGoneAt) {
    const rest = restAfterSteps(options.signal);
    const most = options.atOnce ?? MOST_AT_ONCE;
    let atOnce = Math.min(most, 2 * LEAST_AT_ONCE);
    for (let all = 0; ;) {
      await rest();
      const started = performance.now();
      const rows = await trying(() => eraseStep(database, tenant, atOnce));
      if (rows === 0) break;
      options.onProgress?.((all += rows));
      const ms = performance.now() - started;
      if (ms < STEP_MS / 2) atOnce = Math.min(most, atOnce * 2);
      else if (ms > STEP_MS) atOnce = Math.max(Math.min(most, LEAST_AT_ONCE), Math.floor(atOnce / 2));
    }
  }
  const erasure = await readErasure(database, tenant);
  if (!erasure) throw new Error(`the erasure of tenant ${tenant} has gone`);
  return erasure;
}

/** Says that nothing of the tenant is left, in Temporal either. */
export async function endErasure(database: Database, request: EraseRequest): Promise<Erasure> {
  const { tenant } = request;
  return database.$transaction(async (transaction) => {
    const { count } = await transaction.tenantErasure.updateMany({
      where: { tenantId: tenant, rowsGoneAtUs: { not: null }, finishedAtUs: null },
      data: { finishedAtUs: await databaseNow(transaction) },
    });
    const erasure = await readErasure(transaction, tenant);
    if (!erasure) throw new UnknownTenantError(tenant);
    if (count > 0) {
      await writeAudit(transaction, {
        ...request,
        action: 'tenant.erased',
        subject: `tenant/${tenant}`,
        after: erasure.erased,
      });
    }
    return erasure;
  });
}

/** The database writes down who began it: without that, it lets no row go. */
async function begin(database: Database, { tenant, actor, reason, origin }: EraseRequest): Promise<void> {
  await withTenantLock(database, tenant, async (transaction) => {
    const row = await transaction.tenant.findUnique({ where: { id: tenant }, select: { state: true } });
    if (!row) throw new UnknownTenantError(tenant);
    if (row.state !== 'closed') throw notClosed(tenant, row.state);
    await transaction.$executeRaw`
      SELECT begin_erasure(${tenant}, ${actor}, ${reason}, ${originJson(origin)}::jsonb)`;
  });
}

/** @returns how many rows went; 0 when nothing is left */
async function eraseStep(database: Database, tenant: string, rows: number): Promise<number> {
  const state = await database.tenant.findUnique({ where: { id: tenant }, select: { state: true } });
  if (state && state.state !== 'closed') throw notClosed(tenant, state.state);
  const [step] = await database.$queryRaw<{ rows: number }[]>`
    SELECT erase_tenant_rows(${tenant}, ${rows}::integer) AS rows`;
  return step?.rows ?? 0;
}

async function readErasure(
  database: Pick<Database, 'tenantErasure'>,
  tenant: string,
): Promise<Erasure | undefined> {
  const row = NAME.test(tenant)
    ? await database.tenantErasure.findUnique({ where: { tenantId: tenant } })
    : null;
  if (!row) return undefined;
  return {
    tenant,
    begunAt: formatTime(row.begunAtUs),
    rowsGoneAt: row.rowsGoneAtUs === null ? null : formatTime(row.rowsGoneAtUs),
    finishedAt: row.finishedAtUs === null ? null : formatTime(row.finishedAtUs),
    erased: row.erased as Record<string, number>,
  };
}

function notClosed(tenant: string, state: string): EraseRefused {
  return new EraseRefused(
    `Tenant ${tenant} is ${state}: only a closed one can be erased.\n` +
      `Close it first: catalog-sync gate rollback --tenant ${tenant} --reason TEXT`,
  );
}
