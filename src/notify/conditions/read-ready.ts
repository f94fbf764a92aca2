import type { Transaction } from '../../database/client.ts';
import { missingToWiden } from '../../domain/gate.ts';
import type { Condition } from '../../domain/notify.ts';
import { closedOf, readLaunch } from '../../gate/launch-facts.ts';
import { neededTime, type GateSettings } from '../../gate/settings.ts';
import { readWideningFacts } from '../../gate/widening-facts.ts';
import { pages } from '../pages.ts';

/** Who may be widened now: a canary as a whole, and each supplier that waits in an open tenant. */
export async function readReady(
  transaction: Transaction,
  settings: GateSettings,
  tenant: string,
): Promise<Condition[]> {
  const launch = await readLaunch(transaction, tenant);
  if (!launch || launch.state === 'closed') return [];
  const found: Condition[] = [];
  for (const supplier of launch.state === 'open' ? closedOf(launch.suppliers) : [undefined]) {
    const facts = await readWideningFacts(transaction, launch, supplier);
    if (missingToWiden({ ...facts, needed: neededTime(settings, launch) }).length > 0) continue;
    const subject = supplier === undefined ? tenant : `${supplier} of ${tenant}`;
    found.push({
      kind: 'ready_to_widen',
      key: `ready_to_widen/${tenant}/${supplier ?? ''}`,
      tenant,
      severity: 'info',
      owner: 'Platform',
      subject,
      detail:
        supplier === undefined
          ? `The canary of ${tenant} has all its evidence; closed are ${closedOf(launch.suppliers).join(', ') || 'none'}.`
          : `Supplier ${supplier} has all its evidence.`,
      page: pages.gate(tenant),
      since: facts.sampledAt ?? facts.now,
    });
  }
  return found;
}
