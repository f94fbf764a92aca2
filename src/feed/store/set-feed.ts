import { isDeepStrictEqual } from 'node:util';
import type { KeyRing } from '../../access/secrets/key-ring.ts';
import { writeAudit, type AuditedBy } from '../../database/audit.ts';
import type { Database, Transaction } from '../../database/client.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import type { FeedDefinition } from '../definition/feed-schema.ts';
import { checkDefinition, faultInWords } from '../definition/read-definition.ts';
import { readDocument, type DocumentFault } from '../definition/read-document.ts';
import { destinationOf, secretPaths, valueAt } from '../definition/secrets.ts';
import { FeedRefused } from '../feed-refused.ts';
import {
  HIDDEN,
  hiddenPlaces,
  keepsSecrets,
  openSecrets,
  putTogether,
  sealSecrets,
  secretContext,
  takeApart,
} from './kept-apart.ts';
import { firstDue } from './next-due.ts';

export interface FeedSet {
  tenant: string;
  feed: string;
  supplier: string;
  version: number;
  /** False: it said the same already. */
  changed: boolean;
}

/**
 * Makes a feed, or gives it another version; the runs that go on keep theirs. It is written into the audit list.
 *
 * @param keys asked for only where there are secrets
 * @param options.vault where the secrets of the version before can be read, if not in the database
 * @throws FeedRefused, UnknownTenantError
 */
export async function setFeed(
  database: Database,
  keys: () => Promise<KeyRing>,
  {
    tenant,
    text,
    by,
    vault = database,
  }: { tenant: string; text: string; by: AuditedBy; vault?: Pick<Database, 'feedVersion'> },
): Promise<FeedSet> {
  const read = readDocument(text);
  if (!read.ok) throw badDefinition(read.faults);
  await knownTenant(database, tenant);
  const document = await withKeptSecrets(vault, keys, tenant, read.value);
  const checked = checkDefinition(document);
  if (!checked.ok) throw badDefinition(checked.faults);
  const { definition } = checked;
  const { shown, secrets } = takeApart(document);
  const context = secretContext(tenant, definition.feed);
  const sealed = Object.keys(secrets).length > 0 ? sealSecrets(await keys(), secrets, context) : null;
  return database.$transaction(async (transaction) => {
    await knownSupplier(transaction, tenant, definition.supplier);
    const before = await lastVersion(transaction, tenant, definition);
    const named = { tenant, feed: definition.feed, supplier: definition.supplier };
    const same = before !== undefined && isDeepStrictEqual(before.document, shown) && sealed === null;
    if (same) return { ...named, version: before.version, changed: false };
    const version = (before?.version ?? 0) + 1;
    await writeVersion(transaction, { ...named, version, shown, sealed, definition, by });
    return { ...named, version, changed: true };
  });
}

type Written = Omit<FeedSet, 'changed'> & {
  shown: unknown;
  sealed: Uint8Array<ArrayBuffer> | null;
  definition: FeedDefinition;
  by: AuditedBy;
};

async function writeVersion(transaction: Transaction, written: Written): Promise<void> {
  const { tenant, feed, supplier, version, shown, sealed, definition, by } = written;
  const nextDueUs = firstDue(definition, new Date());
  if (version === 1) {
    await transaction.feed.createMany({
      data: { tenantId: tenant, id: feed, supplierId: supplier, version, nextDueUs },
    });
  } else {
    await transaction.feed.updateMany({
      where: { tenantId: tenant, id: feed },
      data: { version, nextDueUs },
    });
  }
  await transaction.feedVersion.createMany({
    data: {
      ...{ tenantId: tenant, feedId: feed, version, createdBy: by.actor },
      document: shown as object,
      secrets: sealed,
    },
  });
  await writeAudit(transaction, {
    ...by,
    tenant,
    ...{ action: 'feed.set', subject: `feed/${feed}` },
    ...(version > 1 && { before: { version: version - 1 } }),
    after: { version, supplier, source: Object.keys(definition.source).join() },
  });
}

/** The row is locked, so that of two that are set at once each gets a version of its own. */
async function lastVersion(
  transaction: Transaction,
  tenant: string,
  definition: FeedDefinition,
): Promise<{ version: number; document: unknown } | undefined> {
  const [row] = await transaction.$queryRaw<{ supplier_id: string; version: number }[]>`
    SELECT supplier_id, version FROM feed WHERE tenant_id = ${tenant} AND id = ${definition.feed} FOR NO KEY UPDATE`;
  if (!row) return undefined;
  if (row.supplier_id !== definition.supplier) {
    throw new FeedRefused(
      'other_supplier',
      `Feed ${definition.feed} is of the supplier ${row.supplier_id}, and stays so: give ${definition.supplier} a feed of another name.`,
    );
  }
  const last = await transaction.feedVersion.findUnique({
    where: { tenantId_feedId_version: { tenantId: tenant, feedId: definition.feed, version: row.version } },
    select: { version: true, document: true },
  });
  return last ?? undefined;
}

async function knownSupplier(transaction: Transaction, tenant: string, supplier: string): Promise<void> {
  const row = await transaction.supplier.findUnique({
    where: { tenantId_id: { tenantId: tenant, id: supplier } },
    select: { id: true },
  });
  if (row) return;
  throw new FeedRefused(
    'unknown_supplier',
    `Tenant ${tenant} has no supplier ${supplier}; \`catalog-sync supplier add ${supplier} --tenant ${tenant}\` makes it.`,
  );
}

/** A document that was shown, and is set again, has a sign in the place of each secret. */
async function withKeptSecrets(
  vault: Pick<Database, 'feedVersion'>,
  keys: () => Promise<KeyRing>,
  tenant: string,
  document: unknown,
): Promise<unknown> {
  const feed = (document as { feed?: unknown } | null)?.feed;
  if (!keepsSecrets(document) || typeof feed !== 'string') return document;
  const last = await vault.feedVersion.findFirst({
    where: { tenantId: tenant, feedId: feed },
    orderBy: { version: 'desc' },
    select: { secrets: true, document: true },
  });
  const kept = last?.secrets ?? null;
  const secrets = kept === null ? {} : openSecrets(await keys(), kept, secretContext(tenant, feed));
  const whole = putTogether(document, secrets);
  if (last && kept !== null) {
    const [before, now] = [putTogether(last.document, secrets), whole].map(destinationOf);
    if (before !== now) {
      const fault = `: give the secret again, because it would go to ${now ?? 'another place'}, and was given for ${before ?? 'another one'}`;
      throw badDefinition(hiddenPlaces(document).map((path) => ({ path, fault })));
    }
  }
  const empty = secretPaths(whole).filter((path) => valueAt(whole, path) === HIDDEN);
  if (empty.length === 0) return whole;
  const fault = `: give the secret, because the feed ${feed} keeps none there`;
  throw badDefinition(empty.map((path) => ({ path: path.join('.'), fault })));
}

function badDefinition(faults: readonly DocumentFault[]): FeedRefused {
  const lines = faults.map((fault) => `  ${faultInWords(fault)}`);
  return new FeedRefused('bad_definition', `The document is no feed:\n${lines.join('\n')}`, faults);
}
