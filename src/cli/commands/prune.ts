import type { Command } from 'commander';
import { LEAST_DAYS } from '../../retention/least-age.ts';
import { ageValue, nameValue, textValue } from '../option-values.ts';
import { wantsJson } from '../output.ts';
import type { PruneCommandOptions } from '../prune/run-prune.ts';

export function register(program: Command): void {
  program
    .command('prune')
    .description('take old events that nothing needs any more out of the ledger')
    .requiredOption(
      '--older-than <age>',
      'what was received longer ago, e.g. 400d',
      ageValue(LEAST_DAYS, 'signals, and tries to reach a storefront, look back over a day'),
    )
    .option('--tenant <name>', 'of this tenant only', nameValue)
    .option('--archive <dir>', 'keep what goes, in files in this folder')
    .option('--dry-run', 'only say how much would go')
    .option('--yes', 'do not ask')
    .option('--actor <name>', 'who, for the audit list (default: the OS user)', textValue)
    .addHelpText(
      'after',
      `
What an item needs stays, however old: its winner and whom that beat, the
runner-up, each supplier's greatest event, manual fixes, what a running replay
goes through. Of what goes a tombstone stays, so that a late delivery is still a
duplicate. Works in small steps beside live events; Ctrl-C ends it between two,
and the same command goes on. Replays refuse a window that reaches into what
was pruned.

Examples:
  $ catalog-sync prune --older-than 400d --dry-run
  $ catalog-sync prune --older-than 400d --archive /backup/catalog --yes`,
    )
    .action(async (options: PruneCommandOptions, command: Command) => {
      const { runPrune } = await import('../prune/run-prune.ts');
      await runPrune(options, wantsJson(command));
    });
}
