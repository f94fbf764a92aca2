import type { Database } from '../database/client.ts';
import { knownTenant } from '../database/known-tenant.ts';
import { countWindow, type ReplayWindow } from './replay-window.ts';
import { formatTime } from '../domain/time.ts';
import { refusePruned } from './refuse-pruned.ts';
import { ReplayRefused } from './replay-refused.ts';

/**
 * Holds a replay's window against the database, before anything is started.
 *
 * @param options.dryRun a closed tenant's window can be looked at, but not replayed
 * @returns how many events it holds
 * @throws ReplayRefused for an empty or reversed window, an unknown supplier, a closed tenant, or a window that reaches
 *   into what was pruned
 * @throws UnknownTenantError
 */
export async function checkReplay(
  database: Database,
  window: ReplayWindow,
  options: { dryRun?: boolean } = {},
): Promise<number> {
  const { tenant, supplier, since, until } = window;
  if (since >= until) {
    throw new ReplayRefused(
      `The window is ${since === until ? 'empty' : 'reversed'}: since ${formatTime(since)}, until ${formatTime(until)}.`,
    );
  }
  const { state } = await knownTenant(database, tenant);
  if (state === 'closed' && options.dryRun !== true) {
    throw new ReplayRefused(
      `Tenant ${tenant} is closed: nothing would be decided or published.\n` +
        'Open it first, or look at what would happen with --dry-run.',
    );
  }
  if (supplier !== undefined) {
    const found = await database.supplier.findUnique({
      where: { tenantId_id: { tenantId: tenant, id: supplier } },
    });
    if (!found) {
      throw new ReplayRefused(
        `Tenant ${tenant} has no supplier ${supplier}; catalog-sync supplier list --tenant ${tenant} shows them.`,
      );
    }
  }
  await refusePruned(database, window);
  return countWindow(database, window);
}
