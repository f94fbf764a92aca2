import type { Command } from 'commander';
import { readSettings } from '../../config/settings.ts';
import { exposureWarning } from '../../config/exposed-host.ts';
import { note, print, warn } from '../output.ts';

export function register(program: Command): void {
  program
    .command('start')
    .description('run everything on this machine, with a sample feed at the first start')
    .option('--no-sample', 'leave the sample feed out')
    .addHelpText(
      'after',
      `
Brings PostgreSQL, the Temporal dev server with its Web UI, a worker, the API
and a demo storefront, all on 127.0.0.1, and stays until Ctrl-C. Data stays in
DATA_DIR (.data). With DATABASE_URL or TEMPORAL_ADDRESS set, that part is not
brought. Ports: PORT, STOREFRONT_PORT, METRICS_PORT, POSTGRES_PORT,
TEMPORAL_PORT, TEMPORAL_UI_PORT; a default one that is taken is replaced.`,
    )
    .action(async (options: { sample: boolean }) => {
      const settings = readSettings(process.env);
      const warning = exposureWarning(settings);
      if (warning !== undefined) warn(warning);
      const { runStart } = await import('../../start/run-start.ts');
      await runStart({ settings, sample: options.sample, say: note, print });
    });
}
