import type { Command } from 'commander';
import type { ChangesOptions } from '../changes/run-changes.ts';
import { nameValue } from '../option-values.ts';
import { wantsJson } from '../output.ts';

export function register(program: Command): void {
  program
    .command('changes')
    .description('the change feed: every version of the items, each once, in order')
    .requiredOption('--tenant <tenant>', 'the tenant', nameValue)
    .option('--after <cursor>', 'go on behind this one (default: the first that is kept)')
    .option('--follow', 'go on until Ctrl-C')
    .addHelpText(
      'after',
      `
In the end the cursor to go on with is printed to stderr; with --json each
change has its own. Programs read the same over HTTP: docs/changes.md.

Examples:
  $ catalog-sync changes --tenant canary
  $ catalog-sync changes --tenant canary --after CURSOR --follow --json`,
    )
    .action(async (options: ChangesOptions, command: Command) => {
      const { runChanges } = await import('../changes/run-changes.ts');
      await runChanges(options, wantsJson(command));
    });
}
