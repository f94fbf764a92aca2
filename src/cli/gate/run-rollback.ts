import { printable } from '../../domain/safe-text.ts';
import { rollBack } from '../../gate/roll-back.ts';
import { withContext } from '../context.ts';
import { auditedBy } from '../option-values.ts';
import { columns, note, print, printJson } from '../output.ts';

/** `gate rollback`: asks neither Temporal nor a worker. */
export async function runRollback(
  options: { tenant: string; supplier?: string; reason: string; actor?: string },
  json: boolean,
): Promise<void> {
  await withContext(async (context) => {
    const { tenant, supplier, reason } = options;
    const done = await rollBack(await context.database(), {
      tenant,
      reason,
      ...auditedBy(options),
      ...(supplier !== undefined && { supplier }),
    });
    if (json) return printJson(done);
    const subject = supplier === undefined ? `tenant ${tenant}` : `supplier ${supplier} of ${tenant}`;
    const { before, sending, committedAt } = done;
    print(
      before === 'closed'
        ? `${subject} was closed already`
        : `${subject}: ${before} -> closed, ${committedAt}`,
    );
    if (sending.length === 0) {
      note('No call to the storefront is under way.');
      return;
    }
    note(`Under way before, and may still arrive: ${sending.length}`);
    print(
      columns(
        ['SENDING', 'VERSION', 'EVENT', 'STARTED'],
        sending.map((one) => [
          one.itemId,
          String(one.version),
          `${one.supplier}/${printable(one.eventId)}`,
          one.startedAt,
        ]),
      ),
    );
  });
}
