import type { Command } from 'commander';
import type { ExportOptions, VerifyOptions } from '../audit/run-audit.ts';
import { hashValue, nameValue, timeValue } from '../option-values.ts';
import { wantsJson } from '../output.ts';

export function register(program: Command): void {
  const audit = program.command('audit').description('the audit list: who changed what, and why');

  audit
    .command('export')
    .description('print the audit list, a JSON object a line, the oldest first')
    .option('--tenant <name>', 'of this tenant only, also of one that was erased', nameValue)
    .option('--since <time>', 'from then on, e.g. 2026-06-01T00:00:00Z', timeValue)
    .option('--until <time>', 'before then', timeValue)
    .addHelpText(
      'after',
      `
Each line holds the hash of the one before it and its own, so a file can be
verified wherever it is, as long as no byte of it is changed.

Examples:
  $ catalog-sync audit export > audit.jsonl
  $ catalog-sync audit export --tenant canary --since 2026-06-01T00:00:00Z`,
    )
    .action(async (options: ExportOptions) => {
      const { runExport } = await import('../audit/run-audit.ts');
      await runExport(options);
    });

  audit
    .command('verify')
    .description('look whether the audit list is as it was written')
    .argument('[file]', 'an export in place of the database; "-": stdin')
    .option('--head <hash>', 'a head that was noted before: the list has to contain it', hashValue)
    .option('--tenant <name>', 'the file has only what concerns this tenant: there are gaps', nameValue)
    .addHelpText(
      'after',
      `
Walks the chain of hashes and names the first entry that was altered or is
missing. Note the head that it prints, or that of \`catalog-sync doctor\`,
somewhere else: with it a list is found of which the end was cut off, or all of
which was written anew. Exit code 1 when something is wrong.

Examples:
  $ catalog-sync audit verify
  $ catalog-sync audit verify --head 5f0c…
  $ catalog-sync audit verify audit.jsonl`,
    )
    .action(async (file: string | undefined, options: VerifyOptions, command: Command) => {
      const { runVerify } = await import('../audit/run-audit.ts');
      await runVerify(file, options, wantsJson(command));
    });
}
