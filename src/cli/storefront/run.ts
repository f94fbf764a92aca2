import { rotateStorefrontSecret } from '../../flags/rotate-storefront-secret.ts';
import { listStorefronts } from '../../storefronts/list-storefronts.ts';
import {
  addStorefront,
  changeStorefront,
  removeStorefront,
  type StorefrontSet,
} from '../../storefronts/set-storefront.ts';
import {
  BadStorefront,
  readStorefront,
  type StorefrontSettings,
} from '../../storefronts/storefront-document.ts';
import { withContext } from '../context.ts';
import { CommandError, usageError } from '../errors.ts';
import { auditedBy, type AuditOptions } from '../option-values.ts';
import { columns, note, print, printJson } from '../output.ts';
import { readText } from '../read-text.ts';
import type { OfTenant, SetOptions } from './options.ts';

export async function runAdd(name: string, options: SetOptions, json: boolean): Promise<void> {
  const { tenant, kind = '', config = '', state = 'open' } = options;
  const settings = await settingsIn(kind, config);
  await withContext(async (context) => {
    const set = await addStorefront(await context.database(), await context.secretsKeys(), {
      ...{ tenant, name, settings, state },
      ...by(options),
    });
    tell(set, json);
  });
}

export async function runSet(name: string, options: SetOptions, json: boolean): Promise<void> {
  const { tenant, config, state } = options;
  if (config === undefined && state === undefined)
    throw usageError('Nothing to set: give --config FILE, --state, or both.');
  await withContext(async (context) => {
    const database = await context.database();
    const row = (await listStorefronts(database, tenant)).find(({ storefront }) => storefront === name);
    if (!row) throw new CommandError(`Tenant ${tenant} has no storefront ${name}.`);
    const settings = config === undefined ? undefined : await settingsIn(row.kind, config);
    const set = await changeStorefront(database, () => context.secretsKeys(), {
      ...{ tenant, name, ...(settings && { settings }), ...(state && { state }) },
      ...by(options),
    });
    tell(set, json);
  });
}

export async function runList(tenant: string | undefined, json: boolean): Promise<void> {
  await withContext(async (context) => {
    const storefronts = await listStorefronts(await context.database(), tenant);
    if (json) return printJson(storefronts);
    if (storefronts.length === 0) return note('There are none; `catalog-sync storefront add` makes one.');
    const rows = storefronts.map((one) => [
      ...[one.tenant, String(one.place), one.storefront, one.kind, one.state, one.url],
    ]);
    print(columns(['TENANT', 'PLACE', 'STOREFRONT', 'KIND', 'STATE', 'ADDRESS'], rows));
  });
}

export async function runRotate(
  name: string,
  options: OfTenant & { overlap: number },
  json: boolean,
): Promise<void> {
  const { tenant, overlap } = options;
  await withContext(async (context) => {
    const keys = await context.secretsKeys();
    const secret = await rotateStorefrontSecret(await context.database(), keys, {
      ...{ tenant, storefront: name, overlapSeconds: overlap },
      ...by(options),
    });
    if (json) return printJson({ tenant, storefront: name, secret, overlapSeconds: overlap });
    tellSecret(secret);
  });
}

export async function runRemove(name: string, options: OfTenant, json: boolean): Promise<void> {
  const { tenant } = options;
  await withContext(async (context) => {
    await removeStorefront(await context.database(), { tenant, name, ...by(options) });
    if (json) return printJson({ tenant, storefront: name, removed: true });
    print(`storefront ${name} of ${tenant} is removed`);
  });
}

async function settingsIn(kind: string, file: string): Promise<StorefrontSettings> {
  const document = await readText(file);
  try {
    return await readStorefront(kind, document);
  } catch (error) {
    if (error instanceof BadStorefront) throw new CommandError(error.message);
    throw error;
  }
}

const by = (options: AuditOptions) => ({ ...auditedBy(options), reason: options.reason });

function tell({ tenant, name, kind, state, secret }: StorefrontSet, json: boolean): void {
  if (json) {
    return printJson({ tenant, storefront: name, kind, state, ...(secret !== undefined && { secret }) });
  }
  print(`storefront ${name} of ${tenant}, ${kind}, is ${state}`);
  if (secret !== undefined) tellSecret(secret);
}

function tellSecret(secret: string): void {
  print(`storefront secret: ${secret}`);
  note('Give the secret to the storefront now: it is not shown again.');
}
