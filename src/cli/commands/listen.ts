import type { Command } from 'commander';
import { withContext } from '../context.ts';
import { nameValue } from '../option-values.ts';
import { note, print, printJson, wantsJson } from '../output.ts';

export function register(program: Command): void {
  program
    .command('listen')
    .description('show deliveries as they come, refused ones too, until Ctrl-C')
    .requiredOption('--tenant <tenant>', 'the tenant', nameValue)
    .option('--supplier <supplier>', 'only those of this supplier', nameValue)
    .addHelpText(
      'after',
      `
Of refused deliveries at most 30 a minute are shown of a supplier, 10 where they
are not signed; the next one says how many there were besides.

Examples:
  $ catalog-sync listen --tenant canary
  $ catalog-sync listen --tenant canary --supplier acme --json`,
    )
    .action(async (options: { tenant: string; supplier?: string }, command: Command) => {
      const json = wantsJson(command);
      await withContext(async (context) => {
        const { knownSupplier, knownTenant } = await import('../../database/known-tenant.ts');
        const { stopSignal } = await import('../../process/stop-signal.ts');
        const { followArrivals } = await import('../listen/follow-arrivals.ts');
        const { arrivalAsJson, arrivalInWords } = await import('../listen/words.ts');
        const { tenant, supplier } = options;
        const database = await context.database();
        await knownTenant(database, tenant);
        if (supplier !== undefined) await knownSupplier(database, tenant, supplier);
        const { signal } = stopSignal();
        note(`listening to ${supplier ?? 'all suppliers'} of ${tenant}; Ctrl-C ends it`);
        await followArrivals(
          database,
          { tenant, supplier },
          (arrival) => (json ? printJson(arrivalAsJson(arrival)) : print(arrivalInWords(arrival))),
          signal,
        );
      });
    });
}
