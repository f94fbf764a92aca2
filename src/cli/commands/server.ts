import type { Command } from 'commander';
import { exposureWarning } from '../../config/exposed-host.ts';
import { withContext } from '../context.ts';
import { warn } from '../output.ts';

export function register(program: Command): void {
  program
    .command('server')
    .description('run the HTTP API: intake, items and traces')
    .addHelpText(
      'after',
      `
Listens on HOST and PORT. Needs DATABASE_URL (as catalog_sync_server) and
SECRETS_KEYS (or DATA_DIR with the key's file). Temporal is needed for the
launch gate's commands only.`,
    )
    .action(() =>
      withContext(async (context) => {
        const warning = exposureWarning(context.settings);
        // Elsewhere stderr is the log alone, which says it too.
        if (warning !== undefined && process.stderr.isTTY) warn(warning);
        const { runServerProcess } = await import('../../http/server-process.ts');
        const { namespace, uiUrl, connectionOptions } = await context.temporal();
        await runServerProcess(context.settings, {
          databaseUrl: context.databaseUrl(),
          temporalUiUrl: uiUrl,
          namespace,
          connectionOptions,
        });
      }),
    );
}
