import type { Command } from 'commander';
import { withContext } from '../context.ts';
import { auditedBy, nameValue, textValue } from '../option-values.ts';
import { note, print, printJson, wantsJson } from '../output.ts';

interface VoidOptions {
  tenant?: string;
  supplier?: string;
  reason: string;
  actor?: string;
}

export function register(program: Command): void {
  program
    .command('void')
    .description('take a wrong event out of the contest for its item, for good, with a reason')
    .argument('<event>', "the event's id, as its supplier gave it")
    .requiredOption('--reason <text>', 'why, for the trace and the audit list', textValue)
    .option('--tenant <tenant>', 'whose event', nameValue)
    .option('--supplier <supplier>', 'who sent it', nameValue)
    .option('--actor <name>', 'who voids it (default: the OS user)', textValue)
    .addHelpText(
      'after',
      `
It works at once. If the event was the winner, the best of the others takes the
item over in a new version, which is published; a supplier's further deliveries
of the id stay duplicates. The last event of an item cannot be voided: correct
the item instead.

Example:
  $ catalog-sync void e-17 --tenant canary --reason "wrong unit"`,
    )
    .action(async (eventId: string, options: VoidOptions, command: Command) => {
      await withContext(async (context) => {
        const [{ findTheEvent }, { voidEvent }, database] = await Promise.all([
          import('../../manual/find-event.ts'),
          import('../../manual/void-event.ts'),
          context.database(),
        ]);
        const { tenant, supplier, reason } = options;
        const key = await findTheEvent(database, { eventId, tenant, supplier });
        const voided = await voidEvent(database, { ...key, reason, ...auditedBy(options) });
        if (wantsJson(command)) printJson(voided);
        else {
          const { item } = voided;
          const now = item
            ? `the catalog says ${item.quantity} (version ${item.version}); the newest event that counts is ${item.eventId} of ${item.supplier}`
            : 'it is not in the catalog';
          print(`${voided.itemId}: ${now}`);
        }
        note(`Event ${key.eventId} of ${key.supplier} is voided by ${voided.eventId}.`);
        note(`Its story: catalog-sync trace ${voided.itemId}`);
      });
    });
}
