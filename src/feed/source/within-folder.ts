import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { SourceFailed } from './source.ts';

/** Of a folder that all tenants share, the one that is a tenant's own. */
export function tenantFolder(shared: string | undefined, tenant: string): string | undefined {
  return shared === undefined ? undefined : path.join(shared, tenant);
}

/**
 * Where a path leads in the end, links followed.
 *
 * @param what names it in the failure
 * @throws SourceFailed where that is not below the folder, and what the file system throws
 */
export async function realWithin(folder: string, given: string, what: string): Promise<string> {
  const [root, real] = await Promise.all([realpath(folder), realpath(path.resolve(folder, given))]);
  const relative = path.relative(root, real);
  const leadsOut = relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);
  if (!leadsOut) return real;
  throw new SourceFailed(`${what} leads out of the tenant's own folder`, { passes: false });
}
