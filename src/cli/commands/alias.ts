import type { Command } from 'commander';
import type { ImportOptions } from '../alias/import-aliases.ts';
import type { ListOptions } from '../alias/list-aliases.ts';
import { auditOptions, nameValue, wholeNumber, type AuditOptions } from '../option-values.ts';
import { wantsJson } from '../output.ts';

type OfSupplier = AuditOptions & { tenant: string; supplier: string };

export function register(program: Command): void {
  const alias = program.command('alias').description("suppliers' own codes, and which SKUs they mean");

  auditOptions(ofSupplier(alias.command('import')))
    .description("take a supplier's codes out of a file, all of them or none")
    .argument('<file>', 'CSV, XLSX, JSON or another table; "-" reads stdin')
    .option('--dry-run', 'say what it would do, and write nothing')
    .addHelpText(
      'after',
      `
Columns are code or gtin (or both), sku and, where the supplier counts packs,
factor: how many pieces one of its units is. GTINs of any length are compared
without leading zeros. Every fault is told with its line. Codes that the file
does not name stay as they are; events that waited for one of these flow.

Examples:
  $ catalog-sync alias import acme.csv --tenant canary --supplier acme
  $ catalog-sync alias unknown --tenant canary
  $ catalog-sync tenant set canary --unknown-sku hold`,
    )
    .action(async (file: string, options: ImportOptions, command: Command) => {
      const { runImport } = await import('../alias/import-aliases.ts');
      await runImport(file, options, wantsJson(command));
    });

  ofTenant(alias.command('list'))
    .description('print the aliases of a tenant')
    .action(async (options: ListOptions, command: Command) => {
      const { runList } = await import('../alias/list-aliases.ts');
      await runList(options, wantsJson(command));
    });

  ofSupplier(alias.command('export'))
    .description("print a supplier's aliases as CSV, for `alias import`")
    .action(async (options: ListOptions) => {
      const { runExport } = await import('../alias/list-aliases.ts');
      await runExport(options);
    });

  ofTenant(alias.command('unknown'))
    .description('print the codes whose events wait for an alias, and SKUs that they look like')
    .option('--limit <count>', 'most of them', wholeNumber(1, 1000), 100)
    .action(async (options: ListOptions & { limit: number }, command: Command) => {
      const { runUnknown } = await import('../alias/list-aliases.ts');
      await runUnknown(options, wantsJson(command));
    });

  auditOptions(ofSupplier(alias.command('remove')))
    .description('forget aliases; what came by them stays as it is')
    .argument('<codes...>', "the supplier's codes")
    .action(async (codes: string[], options: OfSupplier, command: Command) => {
      const { runRemove } = await import('../alias/remove-aliases.ts');
      await runRemove(codes, options, wantsJson(command));
    });
}

function ofTenant(command: Command): Command {
  return command
    .requiredOption('--tenant <tenant>', 'the tenant', nameValue)
    .option('--supplier <supplier>', 'of this supplier only', nameValue);
}

function ofSupplier(command: Command): Command {
  return command
    .requiredOption('--tenant <tenant>', 'the tenant', nameValue)
    .requiredOption('--supplier <supplier>', 'whose codes', nameValue);
}
