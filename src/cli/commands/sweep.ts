import { Argument, type Command } from 'commander';
import { usageError } from '../errors.ts';
import { auditOptions, nameValue, textValue, wholeNumber, type AuditOptions } from '../option-values.ts';
import { wantsJson } from '../output.ts';

const sweepId = (): Argument => new Argument('<id>', 'the id of a sweep').argParser(nameValue);

export function register(program: Command): void {
  const sweep = program
    .command('sweep')
    .description('ask the storefront for every item of a tenant, and list what differs')
    .option('--tenant <name>', 'whose items', nameValue)
    .option('--repair', 'publish anew what differs')
    .option('--dry-run', 'only say what would be asked, and how')
    .option('--rate <count>', 'most items a second, where they are asked for singly', wholeNumber(1, 10_000))
    .option('--actor <name>', 'who, for the audit list (default: the OS user)', textValue)
    .addHelpText(
      'after',
      `
Runs as a workflow that outlives this command, and in the end prints each item
that differs, one a line: how, its id, version/quantity in the ledger, what is
shown, and whether it is mended. Ctrl-C stops following; the sweep goes on.
Exit code 0 when nothing differs or all of it is mended, 3 when something is
left, 1 when the sweep did not come to its end or some items got no answer.

Examples:
  $ catalog-sync sweep --tenant canary --dry-run
  $ catalog-sync sweep --tenant canary --repair
  $ catalog-sync sweep list --tenant canary
  $ catalog-sync sweep show 2026-06-01-1a2b3c4d --follow`,
    )
    .action(async (options, command: Command) => {
      const { runSweep } = await import('../sweep/run-sweep.ts');
      await runSweep(options, wantsJson(command));
    });

  sweep
    .command('list')
    .description('the sweeps there were, newest first')
    .option('--limit <count>', 'most of them', wholeNumber(1, 1000), 50)
    .action(async (options: { limit: number }, command: Command) => {
      const { showSweeps } = await import('../sweep/show-sweep.ts');
      await showSweeps({ tenant: tenantOf(command), limit: options.limit }, wantsJson(command));
    });

  sweep
    .command('show')
    .description('how a sweep stands, and what it found')
    .addArgument(sweepId())
    .option('--follow', 'go on until it ends')
    .action(async (id: string, options: { follow?: true }, command: Command) => {
      const { showSweep } = await import('../sweep/show-sweep.ts');
      const shown = { tenant: tenantOf(command), follow: options.follow === true };
      await showSweep(id, { ...shown, json: wantsJson(command) });
    });

  auditOptions(
    sweep
      .command('cancel')
      .description('end a sweep; what it has repaired is published')
      .addArgument(sweepId()),
  ).action(async (id: string, _options: unknown, command: Command) => {
    const { cancel } = await import('../sweep/show-sweep.ts');
    const options = { ...command.optsWithGlobals<AuditOptions>(), tenant: tenantOf(command) };
    await cancel(id, options, wantsJson(command));
  });
}

/** What stands before a subcommand's options, or among them, is `sweep`'s own: of that they know the tenant alone. */
function tenantOf(command: Command): string | undefined {
  const sweep = command.parent;
  const foreign = sweep?.options.find(
    (option) =>
      !['tenant', 'actor'].includes(option.attributeName()) &&
      sweep.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (foreign) throw usageError(`${foreign.long} is not for sweep ${command.name()}.`);
  return command.optsWithGlobals<{ tenant?: string }>().tenant;
}
