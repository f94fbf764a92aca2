import { removeAliases } from '../../aliases/change-aliases.ts';
import { codeKey } from '../../domain/sku-alias.ts';
import { withContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { auditedBy, type AuditOptions } from '../option-values.ts';
import { print, printJson } from '../output.ts';

/** `alias remove`: codes mean nothing from now on. */
export async function runRemove(
  codes: readonly string[],
  options: AuditOptions & { tenant: string; supplier: string },
  json: boolean,
): Promise<void> {
  const { tenant, supplier } = options;
  await withContext(async (context) => {
    const by = { ...auditedBy(options), reason: options.reason };
    const removed = await removeAliases(await context.database(), { tenant, supplier }, codes, by);
    const gone = new Set(removed.map(codeKey));
    const missing = codes.filter((code) => !gone.has(codeKey(code)));
    if (json) printJson({ removed, missing });
    else print(`removed: ${removed.length === 0 ? 'none' : removed.join(', ')}`);
    if (missing.length > 0) throw new CommandError(`${supplier} has no alias for ${missing.join(', ')}.`);
  });
}
