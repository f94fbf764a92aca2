import type { Command } from 'commander';
import { withContext } from '../context.ts';

export function register(program: Command): void {
  program
    .command('server')
    .description('run the HTTP API: intake, items and traces')
    .addHelpText(
      'after',
      `
Listens on HOST and PORT. Needs DATABASE_URL and SECRETS_KEY (or DATA_DIR with
the key's file); Temporal is not needed to take events in.`,
    )
    .action(() =>
      withContext(async (context) => {
        const { runServerProcess } = await import('../../server/server-process.ts');
        const { namespace, uiUrl } = await context.temporal();
        await runServerProcess(context.settings, {
          databaseUrl: context.databaseUrl(),
          temporalUiUrl: uiUrl,
          namespace,
        });
      }),
    );
}
