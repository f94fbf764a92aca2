import type { Command } from 'commander';
import { exposureWarning } from '../../config/exposed-host.ts';
import { withContext } from '../context.ts';
import { warn } from '../output.ts';

export function register(program: Command): void {
  program
    .command('worker')
    .description('run a worker: it starts workflows and runs their activities')
    .addHelpText(
      'after',
      `
Needs DATABASE_URL (as catalog_sync_worker), TEMPORAL_ADDRESS and SECRETS_KEYS
(or DATA_DIR with the key's file). Run as many as the load asks for. Stops
gently on SIGTERM.`,
    )
    .action(() =>
      withContext(async (context) => {
        const warning = exposureWarning(context.settings);
        // Elsewhere stderr is the log alone, which says it too.
        if (warning !== undefined && process.stderr.isTTY) warn(warning);
        const { runWorkerProcess } = await import('../../worker/worker-process.ts');
        await runWorkerProcess(context.settings, {
          databaseUrl: context.databaseUrl(),
          temporal: await context.temporal(),
        });
      }),
    );
}
