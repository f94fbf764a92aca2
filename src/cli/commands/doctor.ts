import type { Command } from 'commander';
import type { Check } from '../doctor/check.ts';
import { withContext } from '../context.ts';
import { note, print, printJson, wantsColour, wantsJson } from '../output.ts';

export function register(program: Command): void {
  program
    .command('doctor')
    .description('check every dependency and say what to do')
    .option('--storefront', 'also check that storefronts keep the highest version')
    .addHelpText(
      'after',
      `
Looks at Node.js, settings, secrets key, PostgreSQL, migrations, the oldest
pending event, publishes that wait, disk use, tokens, whether people are told,
Temporal, workers and API.
--storefront tells each storefront two versions of TENANT:doctor-probe, an item
that does not exist.
Exits with 1 when a check failed.

Examples:
  $ catalog-sync doctor
  $ catalog-sync doctor --storefront --json`,
    )
    .action(async (options: { storefront?: boolean }, command: Command) => {
      await withContext(async (context) => {
        const { examine } = await import('../doctor/examine.ts');
        const { renderCheck } = await import('../doctor/render-check.ts');
        const json = wantsJson(command);
        const onCheck = (check: Check): void => {
          if (json) printJson({ ...check, table: undefined });
          else print(renderCheck(check, { colour: wantsColour(process.stdout) }));
        };
        const checks = await examine(
          {
            ...context,
            database: () => context.signedInDatabase(),
            startedAt: context.running?.startedAt,
          },
          { storefront: options.storefront === true, onCheck },
        );
        const bad = checks.filter(({ status }) => status === 'failed').length;
        if (bad === 0) return;
        note(bad === 1 ? '1 check failed.' : `${bad} checks failed.`);
        process.exitCode = 1;
      });
    });
}
