import type { Command } from 'commander';
import { withContext } from '../context.ts';
import { actorOf, cliOrigin, textValue, type AuditOptions } from '../option-values.ts';
import { note, print, printJson, wantsJson } from '../output.ts';

export function register(program: Command): void {
  program
    .command('console')
    .description('print a link that signs you in to the console, once')
    .option('--actor <name>', 'who, for the audit list (default: the OS user)', textValue)
    .addHelpText(
      'after',
      `
Whoever opens the link within 15 minutes is an admin of every tenant for 12
hours, so it is yours alone. Others sign in with a token: see \`token add\`.

Examples:
  $ catalog-sync console
  $ xdg-open "$(catalog-sync console 2>/dev/null)"`,
    )
    .action(async (options: AuditOptions, command: Command) => {
      await withContext(async (context) => {
        const { createSignInLink } = await import('../../access/tickets.ts');
        const link = await createSignInLink(
          await context.database(),
          context.settings.PUBLIC_URL ?? context.apiUrl,
          actorOf(options),
          cliOrigin(),
        );
        if (wantsJson(command)) return printJson({ link });
        print(link);
        note('Good once, for 15 minutes.');
      });
    });
}
