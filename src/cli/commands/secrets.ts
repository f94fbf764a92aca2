import type { Command } from 'commander';
import { auditOptions, type AuditOptions } from '../option-values.ts';
import { wantsJson } from '../output.ts';

export function register(program: Command): void {
  const secrets = program
    .command('secrets')
    .description('the keys that encrypt what the database keeps secret, and changing them');

  secrets
    .command('status')
    .description('say how many secrets are under which key')
    .addHelpText(
      'after',
      `
Keys come from SECRETS_KEYS, SECRETS_KEY or the file
secrets.key in DATA_DIR: the first one writes, all of them read. Each is named
by the first digits of its hash.
Exits with 1 when the database needs a key that is not here.

Examples:
  $ catalog-sync secrets status
  $ catalog-sync secrets status --json`,
    )
    .action(async (_options: unknown, command: Command) => {
      const { showStatus } = await import('../secrets/show-status.ts');
      await showStatus(wantsJson(command));
    });

  auditOptions(
    secrets
      .command('rotate')
      .description('encrypt every secret anew, under the first key')
      .option('--dry-run', 'only say how many secrets that would be'),
  )
    .addHelpText(
      'after',
      `
Works in small steps beside live events. Servers and workers have to have both
keys meanwhile: first give the new one to all of them behind the old one, then
put it in front, then rotate. Ctrl-C ends it between two steps, and the same
command goes on. Keep the old key for a day longer: workflows under way are
sealed with it.

Examples:
  $ catalog-sync secrets rotate --dry-run
  $ catalog-sync secrets rotate --reason "yearly"`,
    )
    .action(async (options: AuditOptions & { dryRun?: true }, command: Command) => {
      const { runRotate } = await import('../secrets/run-rotate.ts');
      await runRotate(options, wantsJson(command));
    });

  auditOptions(
    secrets
      .command('discard')
      .description('give up the secrets whose key is lost')
      .option('--yes', 'do not only say what would be given up'),
  )
    .addHelpText(
      'after',
      `
For a key that is nowhere any more. Names whose secrets no key here opens; with
--yes they are gone, and their owners need new ones, by the commands that are
printed. With a key of the backups they could still be read.

Examples:
  $ catalog-sync secrets discard
  $ catalog-sync secrets discard --yes --reason "the key was lost in the move"`,
    )
    .action(async (options: AuditOptions & { yes?: true }, command: Command) => {
      const { runDiscard } = await import('../secrets/run-discard.ts');
      await runDiscard(options, wantsJson(command));
    });
}
