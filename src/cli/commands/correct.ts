import type { Command } from 'commander';
import type { Database } from '../../database/client.ts';
import type { Micros } from '../../domain/time.ts';
import { withContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { auditedBy, nameValue, textValue, timeValue, wholeNumber } from '../option-values.ts';
import { note, print, printJson, wantsJson } from '../output.ts';

interface CorrectOptions {
  tenant: string;
  sku: string;
  quantity: number;
  reason: string;
  updatedAt?: Micros;
  newItem?: boolean;
  actor?: string;
}

export function register(program: Command): void {
  program
    .command('correct')
    .description("set an item's quantity by hand: an event like all others, with a reason")
    .requiredOption('--tenant <tenant>', 'whose item', nameValue)
    .requiredOption('--sku <sku>', 'which item')
    .requiredOption('--quantity <count>', 'what the catalog is to say', wholeNumber(0))
    .requiredOption('--reason <text>', 'why, for the trace and the audit list', textValue)
    .option('--updated-at <time>', 'from when on it holds, RFC 3339 (default: now)', timeValue)
    .option('--new-item', 'the item may be one of which nobody heard before')
    .option('--actor <name>', 'who (default: the OS user)', textValue)
    .addHelpText(
      'after',
      `
The correction is an event of the supplier "manual". It competes like any: a
supplier's later event wins over it again. To take a wrong event out of the
contest, use \`catalog-sync void\`.

Example:
  $ catalog-sync correct --tenant canary --sku CHAIR-01 --quantity 3 \\
      --reason "recounted by hand"`,
    )
    .action(async (options: CorrectOptions, command: Command) => {
      await withContext(async (context) => {
        const [{ correctItem, UnknownItemError }, database] = await Promise.all([
          import('../../manual/correct-item.ts'),
          context.database(),
        ]);
        const corrected = await correctItem(database, {
          ...options,
          ...auditedBy(options),
        }).catch(async (error: unknown) => {
          if (!(error instanceof UnknownItemError)) throw error;
          throw new CommandError(await unknownItem(database, error.message, options));
        });
        if (wantsJson(command)) printJson(corrected);
        else
          print(
            `${corrected.itemId}: ${corrected.eventId} says ${corrected.quantity}, updatedAt ${corrected.updatedAt}`,
          );
        if (corrected.held)
          note(`It is held: tenant ${options.tenant} is closed. It goes on when that opens.`);
        if (corrected.losesTo) {
          const { supplier, eventId, updatedAt: at } = corrected.losesTo;
          note(
            `It will lose to event ${eventId} of ${supplier}, updatedAt ${at}. If that event is wrong:\n` +
              `catalog-sync void ${eventId} --tenant ${options.tenant} --supplier ${supplier} --reason TEXT`,
          );
        }
        note(`Its story: catalog-sync trace ${corrected.eventId} --tenant ${options.tenant}`);
      });
    });
}

async function unknownItem(database: Database, message: string, options: CorrectOptions): Promise<string> {
  const { findNearMatches } = await import('../../trace/near-matches.ts');
  const near = await findNearMatches(database, options.sku, [options.tenant]);
  const likely = near.length > 0 ? `Near it: ${near.join(', ')}.\n` : '';
  return `${message}\n${likely}If it is to be a new item, add --new-item.`;
}
