import type { Database, Transaction } from '../database/client.ts';
import { UnknownTenantError } from '../database/known-tenant.ts';
import { formatTime, seconds } from '../domain/time.ts';
import type { TenantState } from '../domain/flags.ts';
import type { KeyRing } from '../access/secrets/key-ring.ts';
import { encryptSecret } from '../access/secrets/encryption.ts';
import { beginWatches } from './begin-watch.ts';
import { changedCalendar, DEFAULT_CALENDAR, type StoredCalendar } from './calendar.ts';
import { formatSecret, newSecret } from '../standard-webhooks/secret.ts';
import { outgoing } from '../outgoing/outgoing.ts';
import { addressBelow } from '../storefront/address.ts';
import { countsFromNow, type CountsFrom } from '../ledger/counts-from-now.ts';
import { tellOfAll } from '../ledger/tell-of-all.ts';
import { FIRST_STOREFRONT, SHOP, storefrontContext } from '../storefront/of-tenant.ts';
import { writeAudit, type AuditedBy } from '../database/audit.ts';
import { FlagError, setTenantState, withTenantLock } from './set-state.ts';
import type { UnknownSkuRule } from '../domain/sku-alias.ts';
import { setUnknownSkus } from './unknown-skus.ts';
import { tenantStockRule, WITH_STOCK_RULE, type TenantStockRule } from './stock-rule.ts';

/** The address of a tenant's shop, and the keys, under the first of which its signing secret is kept. */
export interface StorefrontChange {
  url: string;
  secretsKeys: KeyRing;
}

export interface TenantChange extends AuditedBy {
  tenant: string;
  state?: TenantState;
  /** Null takes the address away; then the default storefront, if there is one, is told. */
  storefront?: StorefrontChange | null;
  timeZone?: string;
  /** Only what changes; when the launch gate's business day is. */
  calendar?: Partial<StoredCalendar>;
  /** What becomes of a supplier's code that has no alias. */
  unknownSkus?: UnknownSkuRule;
}

/** `storefrontSecret` (`whsec_…`) is given once, here, when an address was set. */
export interface TenantResult {
  tenant: string;
  state: TenantState;
  storefrontUrl: string | null;
  timeZone: string;
  calendar: StoredCalendar;
  unknownSkus: UnknownSkuRule;
  storefrontSecret?: string;
}

/**
 * Makes a tenant, closed unless told otherwise.
 *
 * @param change.rehearsalSeconds makes it one to rehearse a launch on, whose watch has to be so long; nothing makes a
 *   tenant that is there into one
 * @throws FlagError if there is one of that name
 */
export async function addTenant(
  database: Database,
  change: TenantChange & { rehearsalSeconds?: number },
): Promise<TenantResult> {
  if (change.storefront) await refuseAddress(change.storefront.url);
  return withTenantLock(database, change.tenant, async (transaction) => {
    if (await transaction.tenant.findUnique({ where: { id: change.tenant } })) {
      throw new FlagError(
        `There is a tenant ${change.tenant} already; \`catalog-sync tenant set\` changes it.`,
      );
    }
    await refuseErased(transaction, change.tenant);
    const storefront = change.storefront ? newStorefront(change.tenant, change.storefront) : undefined;
    const row = await transaction.tenant.create({
      data: {
        id: change.tenant,
        state: change.state ?? 'closed',
        ...(change.timeZone !== undefined && { timeZone: change.timeZone }),
        calendar: asJson(calendarOf(DEFAULT_CALENDAR, change)),
        ...(change.rehearsalSeconds !== undefined && { rehearsalUs: seconds(change.rehearsalSeconds) }),
        ...(change.unknownSkus !== undefined && { unknownSkus: change.unknownSkus }),
        ...(storefront && { storefronts: { create: { name: SHOP, ...storefront.columns } } }),
      },
      include: WITH_SHOP,
    });
    await writeAudit(transaction, {
      ...change,
      action: 'tenant.add',
      subject: `tenant/${change.tenant}`,
      after: { state: row.state, ...audited(row, change) },
    });
    if (change.rehearsalSeconds !== undefined) {
      await writeAudit(transaction, {
        ...change,
        action: 'gate.rehearsal',
        subject: `tenant/${change.tenant}`,
        after: { watchSeconds: change.rehearsalSeconds, thresholds: 'as for every tenant' },
      });
    }
    return resultOf(row, storefront?.secret);
  });
}

/**
 * Changes what is given, in one transaction. At another address the storefront is told of all that the catalog has, behind
 * what comes live; so is the default one to which a tenant is left.
 *
 * @throws FlagError
 */
export async function changeTenant(database: Database, change: TenantChange): Promise<TenantResult> {
  if (change.storefront) await refuseAddress(change.storefront.url);
  const result = await withTenantLock(database, change.tenant, async (transaction) => {
    const before = await transaction.tenant.findUnique({
      where: { id: change.tenant },
      include: WITH_SHOP,
    });
    if (!before) throw new UnknownTenantError(change.tenant);
    if (change.state !== undefined) await setTenantState(transaction, { ...change, state: change.state });
    if (change.unknownSkus !== undefined)
      await setUnknownSkus(transaction, { ...change, unknownSkus: change.unknownSkus });
    if (change.storefront === null) await keepOneOpen(transaction, change.tenant);
    const storefront = change.storefront ? newStorefront(change.tenant, change.storefront) : undefined;
    const moved = storefront !== undefined && storefront.columns.url !== before.storefronts[0]?.url;
    const isLeft = change.storefront === null && before.storefronts.length > 0;
    const now = await countsFromNow(transaction);
    // What one of its name was told before says nothing of it.
    const columns = { ...storefront?.columns, ...(moved && countsOfBoth(now)) };
    const row = await transaction.tenant.update({
      where: { id: change.tenant },
      data: {
        ...(change.timeZone !== undefined && { timeZone: change.timeZone }),
        ...(change.calendar && { calendar: asJson(calendarOf(before.calendar, change)) }),
        ...(change.storefront === null && { storefronts: { deleteMany: { name: SHOP } } }),
        ...(isLeft && { defaultFrom: now.attempt, defaultFromUs: now.us }),
        ...(storefront && {
          storefronts: {
            upsert: {
              where: { tenantId_name: { tenantId: change.tenant, name: SHOP } },
              create: { name: SHOP, ...storefront.columns, ...columns },
              update: columns,
            },
          },
        }),
      },
      include: WITH_SHOP,
    });
    // Else a shorter day, set in the middle of a watch, would complete it.
    if (change.timeZone !== undefined || change.calendar) await beginWatches(transaction, change.tenant);
    if (change.storefront !== undefined || change.timeZone !== undefined || change.calendar) {
      await writeAudit(transaction, {
        ...change,
        action: 'tenant.set',
        subject: `tenant/${change.tenant}`,
        before: audited(before, change),
        after: { ...audited(row, change), ...(storefront && { storefrontSecret: 'new' }) },
      });
    }
    return resultOf(row, storefront?.secret);
  });
  // The same address again is told of what a broken-off change left untold; so is the default one.
  if (change.storefront !== undefined) await tellOfAll(database, { tenant: change.tenant, name: SHOP });
  return result;
}

/** Without any storefront a tenant has the default one; with closed ones alone, nobody would be told anything. */
async function keepOneOpen(transaction: Pick<Transaction, 'storefront'>, tenant: string): Promise<void> {
  const others = await transaction.storefront.findMany({
    select: { name: true, state: true },
    where: { tenantId: tenant, name: { not: SHOP } },
    orderBy: { name: 'asc' },
  });
  const [other] = others;
  if (!other || others.some(({ state }) => state === 'open')) return;
  throw new FlagError(
    `Without ${SHOP}, no storefront of ${tenant} would be open: ${others.map(({ name }) => name).join(', ')} ` +
      `${others.length === 1 ? 'is' : 'are'} closed. Open one first: ` +
      `\`catalog-sync storefront set ${other.name} --tenant ${tenant} --state open\`.`,
  );
}

/** The audit list still speaks of the tenant that had the name: whoever got it would read that as of their own. */
async function refuseErased(transaction: Pick<Transaction, 'tenantErasure'>, tenant: string): Promise<void> {
  const erasure = await transaction.tenantErasure.findUnique({ where: { tenantId: tenant } });
  if (!erasure) return;
  const day = formatTime(erasure.begunAtUs).slice(0, 10);
  throw new FlagError(
    `A tenant ${tenant} was erased on ${day}, and its name is not given again. Take another.`,
  );
}

export interface TenantListed {
  tenant: string;
  state: string;
  storefrontUrl: string | null;
  timeZone: string;
  suppliers: number;
  unknownSkus: UnknownSkuRule;
  stockRule: TenantStockRule;
}

export async function listTenants(database: Database): Promise<TenantListed[]> {
  const rows = await database.tenant.findMany({
    orderBy: { id: 'asc' },
    include: { _count: { select: { suppliers: true } }, ...WITH_STOCK_RULE, storefronts: FIRST_STOREFRONT },
  });
  return rows.map((row) => ({
    tenant: row.id,
    state: row.state,
    storefrontUrl: row.storefronts[0]?.url ?? null,
    timeZone: row.timeZone,
    suppliers: row._count.suppliers,
    unknownSkus: row.unknownSkus as UnknownSkuRule,
    stockRule: tenantStockRule(row),
  }));
}

/** So that whoever sets it is told; each call looks again, because a name may lead elsewhere then. */
async function refuseAddress(address: string): Promise<void> {
  const url = addressBelow(address);
  if (!url) throw new FlagError('The storefront needs an http(s) address without user and password.');
  const refusal = await outgoing().check(url);
  if (refusal) throw new FlagError(`The storefront's address is refused: ${refusal.message}.`);
}

function countsOfBoth({ attempt, us }: CountsFrom) {
  return { countsFrom: attempt, countsFromUs: us, nosFrom: attempt, nosFromUs: us };
}

/** Each address gets a secret of its own: the shop before it must not be able to read on. */
function newStorefront(tenant: string, { url, secretsKeys }: StorefrontChange) {
  const secret = newSecret();
  const columns = {
    url,
    secret: encryptSecret(secretsKeys, secret, storefrontContext(tenant, SHOP)),
    secretBefore: null,
    secretBeforeUntilUs: null,
  };
  return { columns, secret: formatSecret(secret) };
}

/** Of storefronts, the one that has its option here. */
const WITH_SHOP = { storefronts: { select: { url: true }, where: { name: SHOP } } };

interface Row {
  id: string;
  state: string;
  storefronts: { url: string }[];
  timeZone: string;
  calendar: unknown;
  unknownSkus: string;
}

function audited({ storefronts, timeZone, calendar }: Row, change: TenantChange) {
  return {
    storefrontUrl: storefronts[0]?.url ?? null,
    timeZone,
    ...(change.calendar && { calendar: JSON.stringify(calendar) }),
  };
}

function calendarOf(stored: unknown, { calendar = {} }: TenantChange): StoredCalendar {
  try {
    return changedCalendar(stored, calendar);
  } catch (error) {
    throw new FlagError(error instanceof Error ? error.message : String(error));
  }
}

/** An interface is no index signature, which is what a JSON column takes. */
function asJson({ days, from, to, holidays }: StoredCalendar) {
  return { days, from, to, holidays };
}

function resultOf(row: Row, storefrontSecret: string | undefined): TenantResult {
  return {
    tenant: row.id,
    state: row.state as TenantState,
    storefrontUrl: row.storefronts[0]?.url ?? null,
    timeZone: row.timeZone,
    calendar: changedCalendar(row.calendar, {}),
    unknownSkus: row.unknownSkus as UnknownSkuRule,
    ...(storefrontSecret !== undefined && { storefrontSecret }),
  };
}
