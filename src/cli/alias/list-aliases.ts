import { listAliases, type AliasPlace, type ListedAlias } from '../../aliases/list-aliases.ts';
import { listUnknownSkus } from '../../aliases/unknown-skus.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import { withContext, type CliContext } from '../context.ts';
import { columns, note, print, printJson } from '../output.ts';

const PAGE = 1_000;

export interface ListOptions {
  tenant: string;
  supplier?: string;
}

/** `alias list`: all of them. */
export async function runList(options: ListOptions, json: boolean): Promise<void> {
  await withContext(async (context) => {
    const aliases: ListedAlias[] = [];
    for await (const page of pagesOf(context, options)) {
      if (json) for (const alias of page) printJson(alias);
      else aliases.push(...page);
    }
    if (json) return;
    if (aliases.length === 0) return note('There are none; `catalog-sync alias import` makes some.');
    const rows = aliases.map(({ supplier, code, sku, factor, since }) => [
      ...[supplier, code, sku, String(factor), since.slice(0, 10)],
    ]);
    print(columns(['SUPPLIER', 'CODE', 'SKU', 'FACTOR', 'SINCE'], rows));
  });
}

/** `alias export`: as CSV that can be imported again. */
export async function runExport(options: ListOptions): Promise<void> {
  await withContext(async (context) => {
    print('code,sku,factor');
    for await (const page of pagesOf(context, options)) {
      for (const { code, sku, factor } of page) print([code, sku, String(factor)].map(quoted).join(','));
    }
  });
}

/** `alias unknown`: what waits for an alias. */
export async function runUnknown(options: ListOptions & { limit: number }, json: boolean): Promise<void> {
  await withContext(async (context) => {
    const database = await context.database();
    await knownTenant(database, options.tenant);
    const unknown = await database.$transaction((transaction) =>
      listUnknownSkus(transaction, options, options.limit),
    );
    if (json) return printJson(unknown);
    if (unknown.length === 0) return note('No code waits for an alias.');
    const rows = unknown.map((one) => [
      ...[one.supplier, one.code, String(one.count), one.firstSeen.slice(0, 16), one.lastSeen.slice(0, 16)],
      String(one.lastQuantity),
      one.tooMuch ? 'its factor makes too much' : one.near.join(', '),
    ]);
    print(columns(['SUPPLIER', 'CODE', 'EVENTS', 'FIRST SEEN', 'LAST SEEN', 'QUANTITY', 'LOOKS LIKE'], rows));
    note('Map them: catalog-sync alias import FILE --tenant TENANT --supplier SUPPLIER');
  });
}

async function* pagesOf(
  context: CliContext,
  { tenant, supplier }: ListOptions,
): AsyncGenerator<ListedAlias[]> {
  const database = await context.database();
  await knownTenant(database, tenant);
  let after: AliasPlace | undefined;
  do {
    const page = await listAliases(database, { tenant, supplier }, { after, limit: PAGE });
    yield page.aliases;
    after = page.next;
  } while (after);
}

/** RFC 4180. */
function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
