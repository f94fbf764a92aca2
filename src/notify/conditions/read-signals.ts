import type { Transaction } from '../../database/client.ts';
import type { TenantState } from '../../domain/flags.ts';
import { isFresh } from '../../domain/gate.ts';
import { judgeSignals } from '../../domain/judge-signals.ts';
import type { Condition } from '../../domain/notify.ts';
import type { Micros } from '../../domain/time.ts';
import { readLatestSamples } from '../../gate/latest-samples.ts';
import { openOf, readLaunch } from '../../gate/launch-facts.ts';
import { readSinces } from '../../gate/signal-history.ts';
import { SIGNALS_BY_NAME } from '../../signals/index.ts';
import { pages } from '../pages.ts';

/**
 * What the signals of a tenant that is not closed say at its last sample. A sample that is old says what it said, and
 * nothing of now: both are told, for a dead gate must not look as if it had healed.
 */
export async function readSignalConditions(
  transaction: Pick<Transaction, '$queryRaw' | 'tenant'>,
  tenant: string,
  now: Micros,
): Promise<Condition[]> {
  const launch = await readLaunch(transaction, tenant);
  if (!launch || launch.state === 'closed') return [];
  const { sampledAt, samples } = await readLatestSamples(transaction, tenant);
  const found: Condition[] = [];
  if (sampledAt === null) {
    if (launch.lastOpening) found.push(unsampled(tenant, launch.lastOpening.at));
    return found;
  }
  if (!isFresh(sampledAt, now)) found.push(unsampled(tenant, sampledAt));
  const judged = judgeSignals(samples, openOf(launch.suppliers)).filter(({ verdict }) => verdict !== 'pass');
  const sinces = await readSinces(transaction, tenant, judged);
  for (const one of judged) {
    const since = sinces.get(one.signal) ?? sampledAt;
    found.push(conditionOf(tenant, launch.state, { ...one, since }));
  }
  return found;
}

function conditionOf(
  tenant: string,
  state: TenantState,
  judged: ReturnType<typeof judgeSignals>[number] & { since: Micros },
): Condition {
  const { signal, verdict, reason, since } = judged;
  const { title, owner } = SIGNALS_BY_NAME[signal];
  const missed = verdict === 'miss';
  return {
    kind: missed ? 'signal_missed' : 'signal_inconclusive',
    key: `${missed ? 'signal_missed' : 'signal_inconclusive'}/${tenant}/${signal}`,
    tenant,
    // The same as the alerts: a launch waits, and customers of an open tenant do not.
    severity: missed && state === 'open' ? 'page' : 'ticket',
    owner,
    subject: `${title} of ${tenant}`,
    detail: reason,
    page: pages.gate(tenant),
    since,
  };
}

function unsampled(tenant: string, since: Micros): Condition {
  return {
    kind: 'signal_inconclusive',
    key: `signal_inconclusive/${tenant}/sample`,
    tenant,
    severity: 'page',
    owner: 'Platform',
    subject: `all signals of ${tenant}`,
    detail: 'The gate does not sample: no worker runs, or Temporal does not answer.',
    page: pages.gate(tenant),
    since,
  };
}
