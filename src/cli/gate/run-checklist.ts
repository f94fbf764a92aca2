import type { ChecklistName } from '../../domain/checklist.ts';
import { confirmChecklist, readChecklist } from '../../gate/checklist.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import { withContext } from '../context.ts';
import { usageError } from '../errors.ts';
import { auditedBy } from '../option-values.ts';
import { print, printJson } from '../output.ts';
import { checklistLines } from './render-gate.ts';

/** `gate checklist` */
export async function runChecklist(
  options: { tenant: string; confirm?: ChecklistName; reference?: string; actor?: string },
  json: boolean,
): Promise<void> {
  const { tenant, confirm: name, reference } = options;
  if ((name === undefined) !== (reference === undefined)) {
    throw usageError('--confirm NAME and --reference TEXT belong together.');
  }
  await withContext(async (context) => {
    const database = await context.database();
    if (name !== undefined && reference !== undefined) {
      await confirmChecklist(database, { tenant, name, reference, ...auditedBy(options) });
    } else {
      await knownTenant(database, tenant);
    }
    const checklist = await readChecklist(database, tenant);
    if (json) printJson(checklist);
    else print(checklistLines(checklist).join('\n'));
  });
}
