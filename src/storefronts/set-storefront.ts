import { encryptSecret } from '../access/secrets/encryption.ts';
import type { KeyRing } from '../access/secrets/key-ring.ts';
import { writeAudit, type AuditedBy } from '../database/audit.ts';
import type { Database, Transaction } from '../database/client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { UnknownTenantError } from '../database/known-tenant.ts';
import { FlagError, withTenantLock } from '../flags/set-state.ts';
import { countsFromNow } from '../ledger/counts-from-now.ts';
import { tellOfAll } from '../ledger/tell-of-all.ts';
import { outgoing } from '../outgoing/outgoing.ts';
import { formatSecret, newSecret } from '../standard-webhooks/secret.ts';
import { addressBelow } from '../storefront/address.ts';
import { kindNamed } from '../storefront/kinds/index.ts';
import { storefrontContext } from '../storefront/of-tenant.ts';
import type { StorefrontSettings } from './storefront-document.ts';

export type StorefrontState = 'closed' | 'open';

/** Whose storefront is meant. */
export interface NamedStorefront {
  tenant: string;
  name: string;
}

/** What came of it; a secret that we made is given once, here. */
export interface StorefrontSet extends NamedStorefront {
  kind: string;
  state: StorefrontState;
  secret?: string;
}

/**
 * Makes a storefront. An open one is told of all that the catalog has, behind what comes live.
 *
 * @throws FlagError where there is one of that name, or its address is refused
 * @throws UnknownTenantError
 */
export async function addStorefront(
  database: Database,
  keys: KeyRing,
  change: AuditedBy & NamedStorefront & { settings: StorefrontSettings; state: StorefrontState },
): Promise<StorefrontSet> {
  const { tenant, name, settings, state } = change;
  await refuseAddress(settings.url);
  const made = await secretOf(settings);
  const result = await withTenantLock(database, tenant, async (transaction) => {
    await knownTenant(transaction, tenant);
    if (await transaction.storefront.findUnique({ where: keyOf(change), select: { name: true } })) {
      throw new FlagError(
        `Tenant ${tenant} has a storefront ${name} already; \`catalog-sync storefront set\` changes it.`,
      );
    }
    const { kind, url, place, limits, config } = settings;
    const now = await countsFromNow(transaction);
    await transaction.storefront.createMany({
      data: {
        ...{ tenantId: tenant, name, kind, url, place, config, state },
        // What one of its name was told before says nothing of it.
        ...{ countsFrom: now.attempt, countsFromUs: now.us, nosFrom: now.attempt, nosFromUs: now.us },
        ...{ limits: limits ? { ...limits } : Prisma.DbNull, secret: sealed(keys, made, change) },
      },
    });
    await writeAudit(transaction, {
      ...change,
      ...{ action: 'storefront.add', subject: `storefront/${tenant}/${name}` },
      after: { kind, url, place, state, ...(limits && { limits: JSON.stringify(limits) }) },
    });
    return { tenant, name, kind, state, ...(made?.shown !== undefined && { secret: made.shown }) };
  });
  if (state === 'open') await tellOfAll(database, change);
  return result;
}

/**
 * Gives a storefront other settings, another flag, or both. An open one is told of all that it has not accepted; what it
 * rejected since it was opened, it is not told of again.
 *
 * @throws FlagError where there is none of that name, its kind would change, or the last open one would close
 */
export async function changeStorefront(
  database: Database,
  keys: () => Promise<KeyRing>,
  change: AuditedBy & NamedStorefront & { settings?: StorefrontSettings; state?: StorefrontState },
): Promise<StorefrontSet> {
  const { tenant, name, settings } = change;
  if (settings) await refuseAddress(settings.url);
  const result = await withTenantLock(database, tenant, async (transaction) => {
    await knownTenant(transaction, tenant);
    const row = await known(transaction, change);
    if (settings && settings.kind !== row.kind) {
      throw new FlagError(`The storefront ${name} is of kind ${row.kind}, and stays so: add another one.`);
    }
    const state = change.state ?? (row.state as StorefrontState);
    if (state === 'closed' && row.state === 'open') await keepOneOpen(transaction, change);
    // What was given for one address is not sent to another.
    const moved = settings !== undefined && settings.url !== row.url;
    const made = settings && (settings.secret !== undefined || moved) ? await secretOf(settings) : undefined;
    const opens = state === 'open' && row.state !== 'open';
    const now = await countsFromNow(transaction);
    await transaction.storefront.updateMany({
      where: { tenantId: tenant, name },
      data: {
        state,
        ...(moved && { countsFrom: now.attempt, countsFromUs: now.us }),
        ...((moved || opens) && { nosFrom: now.attempt, nosFromUs: now.us }),
        ...(settings && {
          ...{ url: settings.url, place: settings.place, config: settings.config },
          limits: settings.limits ? { ...settings.limits } : Prisma.DbNull,
        }),
        ...((made || moved) && {
          secret: sealed(made ? await keys() : [], made, change),
          ...{ secretBefore: null, secretBeforeUntilUs: null },
        }),
      },
    });
    await writeAudit(transaction, {
      ...change,
      ...{ action: 'storefront.set', subject: `storefront/${tenant}/${name}` },
      before: { url: row.url, place: row.place, state: row.state },
      after: {
        ...{ url: settings?.url ?? row.url, place: settings?.place ?? row.place, state },
        ...(made && { secret: 'new' }),
      },
    });
    return { tenant, name, kind: row.kind, state, ...(made?.shown && { secret: made.shown }) };
  });
  if (result.state === 'open') await tellOfAll(database, change);
  return result;
}

/** Takes a storefront away; what it was told stays in the attempts. @throws FlagError */
export async function removeStorefront(
  database: Database,
  change: AuditedBy & NamedStorefront,
): Promise<void> {
  await withTenantLock(database, change.tenant, async (transaction) => {
    await knownTenant(transaction, change.tenant);
    const { kind, url, state } = await known(transaction, change);
    if (state === 'open') await keepOneOpen(transaction, change);
    await transaction.storefront.deleteMany({ where: { tenantId: change.tenant, name: change.name } });
    await writeAudit(transaction, {
      ...change,
      ...{ action: 'storefront.remove', subject: `storefront/${change.tenant}/${change.name}` },
      before: { kind, url, state },
    });
  });
}

const keyOf = ({ tenant, name }: NamedStorefront) => ({ tenantId_name: { tenantId: tenant, name } });

async function knownTenant(transaction: Transaction, tenant: string): Promise<void> {
  const row = await transaction.tenant.findUnique({ where: { id: tenant }, select: { id: true } });
  if (!row) throw new UnknownTenantError(tenant);
}

async function known(transaction: Transaction, named: NamedStorefront) {
  const row = await transaction.storefront.findUnique({
    where: keyOf(named),
    select: { kind: true, url: true, place: true, state: true },
  });
  if (!row) throw new FlagError(`Tenant ${named.tenant} has no storefront ${named.name}.`);
  return row;
}

/** With none open, nothing would be published, and nothing say why: that is what the tenant's own flag is for. */
async function keepOneOpen(transaction: Transaction, { tenant, name }: NamedStorefront): Promise<void> {
  const others = await transaction.storefront.count({
    where: { tenantId: tenant, state: 'open', name: { not: name } },
  });
  if (others > 0) return;
  throw new FlagError(
    `${name} is the only open storefront of ${tenant}. To tell nobody anything, close the tenant: \`catalog-sync tenant set ${tenant} --state closed\`.`,
  );
}

/** So that whoever sets it is told; each call looks again, because a name may lead elsewhere then. */
async function refuseAddress(address: string): Promise<void> {
  const url = addressBelow(address);
  if (!url) throw new FlagError('The storefront needs an http(s) address without user and password.');
  const refusal = await outgoing().check(url);
  if (refusal) throw new FlagError(`The storefront's address is refused: ${refusal.message}.`);
}

interface MadeSecret {
  bytes: Uint8Array;
  /** As it is printed, once; undefined for one that was given. */
  shown?: string;
}

async function secretOf({ kind, secret }: StorefrontSettings): Promise<MadeSecret | undefined> {
  if ((await kindNamed(kind)).secret === 'made') {
    const bytes = newSecret();
    return { bytes, shown: formatSecret(bytes) };
  }
  return secret === undefined ? undefined : { bytes: Buffer.from(secret) };
}

function sealed(
  keys: KeyRing | [],
  made: MadeSecret | undefined,
  { tenant, name }: NamedStorefront,
): Uint8Array<ArrayBuffer> | null {
  const [first, ...others] = keys;
  return made && first
    ? encryptSecret([first, ...others], made.bytes, storefrontContext(tenant, name))
    : null;
}
