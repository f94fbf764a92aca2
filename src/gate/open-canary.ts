import type { Database } from '../database/client.ts';
import { UnknownTenantError } from '../database/known-tenant.ts';
import { missingFourEyes } from '../domain/four-eyes.ts';
import { missingToOpen } from '../domain/gate.ts';
import type { OpenCanaryCommand, OpenedCanary } from '../domain/gate-command.ts';
import { writeAudit } from '../database/audit.ts';
import { setSupplierState, setTenantState } from '../flags/set-state.ts';
import { carryOut, GateRefused, refuseIfAny } from './carry-out.ts';
import { readConfirmed, readLastConfirmation } from './checklist.ts';
import { readLaunch } from './launch-facts.ts';
import type { GateSettings } from './settings.ts';

/**
 * Opens a tenant's canary with the suppliers named, closes the others, and begins the watch. Held events of what is
 * open now go on by themselves. With four eyes, not by whom the checklist's last condition was confirmed.
 *
 * @throws GateRefused
 */
export async function openCanary(
  database: Database,
  command: OpenCanaryCommand,
  { fourEyes = false }: Pick<GateSettings, 'fourEyes'> = {},
): Promise<OpenedCanary> {
  const { tenant, actor, reason, origin } = command;
  const named = [...new Set(command.suppliers)];
  return carryOut(database, command, async (transaction) => {
    const launch = await readLaunch(transaction, tenant);
    if (!launch) throw unknownTenant(tenant);
    const { state, suppliers } = launch;
    const confirmed = await readConfirmed(transaction, tenant);
    const asking = { actor, origin: origin ?? null };
    refuseIfAny([
      ...missingToOpen({ tenant, state, suppliers, confirmed, named }),
      ...(fourEyes ? missingFourEyes(await readLastConfirmation(transaction, tenant), asking) : []),
    ]);
    const by = { actor, reason, tenant, origin };
    const others = suppliers.map(({ supplier }) => supplier).filter((supplier) => !named.includes(supplier));
    for (const supplier of named) await setSupplierState(transaction, { ...by, supplier, state: 'open' });
    for (const supplier of others) await setSupplierState(transaction, { ...by, supplier, state: 'closed' });
    await setTenantState(transaction, { ...by, state: 'canary', expected: 'closed' });
    await writeAudit(transaction, {
      ...by,
      action: 'gate.open',
      subject: `tenant/${tenant}`,
      before: { state },
      after: { state: 'canary', suppliers: named.join(', ') },
    });
    return { tenant, state: 'canary', opened: named, closed: others };
  });
}

export function unknownTenant(tenant: string): GateRefused {
  return new GateRefused([
    {
      condition: 'tenant_known',
      detail: new UnknownTenantError(tenant).message,
    },
  ]);
}
