import type { Database } from '../database/client.ts';
import { missingToWiden } from '../domain/gate.ts';
import type { WidenedSupplier, WidenSupplierCommand } from '../domain/gate-command.ts';
import { writeAudit } from '../database/audit.ts';
import { setSupplierState, setTenantState } from '../flags/set-state.ts';
import { carryOut, refuseIfAny } from './carry-out.ts';
import { closedOf, readLaunch } from './launch-facts.ts';
import { unknownTenant } from './open-canary.ts';
import { neededTime, type GateSettings } from './settings.ts';
import { holdWidening, readWideningFacts } from './widening-facts.ts';

/**
 * Opens one more supplier, when every signal is green, the watch complete and the sampled updates explained. With the
 * last one the tenant is open; a canary that was opened with all of its suppliers is completed by any of them.
 *
 * @throws GateRefused
 */
export async function widenSupplier(
  database: Database,
  settings: GateSettings,
  command: WidenSupplierCommand,
): Promise<WidenedSupplier> {
  const { tenant, supplier, actor, reason, origin } = command;
  return carryOut(database, command, async (transaction) => {
    const launch = await readLaunch(transaction, tenant);
    if (!launch) throw unknownTenant(tenant);
    const needed = neededTime(settings, launch);
    await holdWidening(transaction, launch, supplier);
    refuseIfAny(missingToWiden({ ...(await readWideningFacts(transaction, launch, supplier)), needed }));
    const by = { actor, reason, tenant, origin };
    await setSupplierState(transaction, { ...by, supplier, state: 'open' });
    const closed = closedOf(launch.suppliers).filter((one) => one !== supplier);
    const state = closed.length === 0 ? 'open' : launch.state;
    if (state !== launch.state) await setTenantState(transaction, { ...by, state, expected: launch.state });
    await writeAudit(transaction, {
      ...by,
      action: 'gate.widen',
      subject: `supplier/${tenant}/${supplier}`,
      before: {
        tenant: launch.state,
        supplier: launch.suppliers.find((one) => one.supplier === supplier)?.state ?? null,
      },
      after: { tenant: state, supplier: 'open' },
    });
    return { tenant, state, supplier, closed };
  });
}
