import type { Command } from 'commander';
import { withContext } from '../context.ts';
import { auditedBy, textValue } from '../option-values.ts';
import { note, print, printJson, wantsJson } from '../output.ts';

export function register(program: Command): void {
  program
    .command('restored')
    .description('tell the ledger that it is an older one, put back from a backup')
    .requiredOption('--reason <text>', 'what happened, for the audit list', textValue)
    .option('--actor <name>', 'who says so (default: the OS user)', textValue)
    .addHelpText(
      'after',
      `
Storefronts were told more than a restored ledger knows. A new generation
begins: versions and row numbers jump above all that were given out, so that
nothing goes out a second time with another content, and every tenant's
storefront is swept: what it shows otherwise is published anew. Run it after the
restore, before the workers. A dump restored elsewhere is noticed without
it; once too often is harmless. docs/backup.md has the whole drill.

Example:
  $ catalog-sync restored --reason "disk lost, dump of 02:00"`,
    )
    .action(async (options: { reason: string; actor?: string }, command: Command) => {
      await withContext(async (context) => {
        const [{ beginGeneration }, database] = await Promise.all([
          import('../../ledger/generation.ts'),
          context.database(),
        ]);
        const begun = await beginGeneration(database, {
          ...auditedBy(options),
          reason: options.reason,
        });
        if (wantsJson(command)) {
          printJson(begun);
          return;
        }
        note(`Generation ${begun.number} begins: versions are above ${begun.versionFloor} from now on.`);
        note('To be swept and mended, as soon as a worker runs:');
        for (const { id, tenant } of begun.sweeps) print(`${id}  ${tenant}`);
        if (begun.sweeps.length === 0) note('nothing: there are no tenants');
        else note(`How far one is: catalog-sync sweep show ${begun.sweeps[0]?.id} --follow`);
        note('Tokens, secrets and flags are those of the backup, too: docs/backup.md says what to look at.');
      });
    });
}
