import { api, get } from '../api/request.ts';
import type { FailureModes, GateStatus } from '../api/types.ts';
import { VerdictBadge } from '../parts/badge.tsx';
import { Show } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';
import { Link } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';
import { SignalCard } from '../signals/signal-card.tsx';
import { useGate } from '../gate/use-gate.ts';
import { useLoaded } from '../state/use-loaded.ts';

const EVERY_MS = 30_000;

type Mode = FailureModes['failureModes'][number];

const RISKS: Record<Mode['risk'], string> = {
  input: 'Input: what suppliers send',
  write: 'Write: what we save and publish',
  customer: 'Customer: what people see',
};

/** Are we stale, late, failing, untraceable or unheard; and what went wrong how often. */
export function Signals({ tenant }: { tenant: string }) {
  const gate = useGate(tenant);
  const path = api`/v1/tenants/${tenant}/failure-modes`;
  const modes = useLoaded(
    path,
    (signal) => get<FailureModes>(path, signal),
    () => EVERY_MS,
  );
  return (
    <Page title={`Signals of ${tenant}`}>
      <Show loaded={gate} what="The signals">
        {(status) => <All status={status} />}
      </Show>
      <section aria-labelledby="failure-modes">
        <h2 id="failure-modes">Failure modes</h2>
        <Show loaded={modes} what="The count of failures">
          {(counted) => <Risks tenant={tenant} counted={counted} />}
        </Show>
      </section>
    </Page>
  );
}

function All({ status }: { status: GateStatus }) {
  return (
    <section aria-labelledby="all">
      <h2 id="all">The five signals</h2>
      <p>
        <VerdictBadge verdict={status.verdict} />{' '}
        {status.sampledAt === null ? (
          'No sample was taken yet: the gate takes them within a minute once the canary is open.'
        ) : (
          <>
            sampled <Time at={status.sampledAt} />
          </>
        )}
      </p>
      <div class="cards signals">
        {status.signals.map((signal) => (
          <SignalCard key={signal.signal} signal={signal} />
        ))}
      </div>
    </section>
  );
}

function Risks({ tenant, counted: { since, failureModes } }: { tenant: string; counted: FailureModes }) {
  return (
    <>
      <p class="soft">
        Counted since <Time at={since} />, with whatever the storefront does not take now, and what waits for
        an alias, is held or is silent now. Each leads to its events and to the words for support.
      </p>
      <div class="cards">
        {Object.entries(RISKS).map(([risk, title]) => (
          <section class="card" key={risk} aria-labelledby={`risk-${risk}`}>
            <h3 id={`risk-${risk}`}>{title}</h3>
            <ul class="modes">
              {failureModes
                .filter((mode) => mode.risk === risk)
                .map((mode) => (
                  <li key={mode.failureMode}>
                    <Link href={paths.failureMode(tenant, mode.failureMode)}>{mode.failureMode}</Link>
                    <span class={mode.count > 0 ? 'count' : 'count soft'}>{mode.count.toLocaleString()}</span>
                    <span class="soft last-seen">
                      {mode.lastSeenAt === null ? (
                        'not since then'
                      ) : (
                        <>
                          last <Time at={mode.lastSeenAt} />
                        </>
                      )}
                    </span>
                  </li>
                ))}
            </ul>
          </section>
        ))}
      </div>
    </>
  );
}
