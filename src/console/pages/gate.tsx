import type { GateSignal, GateStatus } from '../api/types.ts';
import { StateBadge, VerdictBadge } from '../parts/badge.tsx';
import { Checklist } from '../gate/checklist.tsx';
import { OpenCanary, Suppliers } from '../gate/flags.tsx';
import { LastSweep } from '../gate/last-sweep.tsx';
import { Reviews } from '../gate/reviews.tsx';
import { useGate } from '../gate/use-gate.ts';
import { Watch } from '../gate/watch.tsx';
import { Show } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { Sentence } from '../parts/sentence.tsx';
import { Time } from '../parts/time.tsx';
import { Readings, readingsOf } from '../signals/readings.tsx';
import { Link } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';

const STATES: Record<GateStatus['state'], string> = {
  closed: 'Events are recorded and held. Nothing reaches the storefront.',
  canary: 'The suppliers below that are open flow; the others are held until they are widened.',
  open: 'The launch is done. A supplier that is added later starts closed, with a watch of its own.',
};

/** May we open, may we widen, and what keeps us from it. */
export function GatePage({ tenant }: { tenant: string }) {
  const gate = useGate(tenant);
  return (
    <Page title={`Gate of ${tenant}`}>
      <Show loaded={gate} what="The gate">
        {(status) => <Steps status={status} />}
      </Show>
    </Page>
  );
}

function Steps({ status }: { status: GateStatus }) {
  const confirmed = status.checklist.filter(({ reference }) => reference !== null).length;
  const approved = status.reviews.filter(({ approvedAt }) => approvedAt !== null).length;
  // In an open tenant each closed supplier has three of its own.
  const toExplain = Math.max(3, status.reviews.length);
  return (
    <>
      <section class="card" aria-labelledby="standing">
        <h2 id="standing">
          Tenant {status.tenant} is <StateBadge state={status.state} />
        </h2>
        <p>{STATES[status.state]}</p>
        <Held status={status} />
        <SignalsInShort status={status} />
        {status.sendingAttempts > 0 && (
          <p class="soft">
            {status.sendingAttempts === 1 ? '1 call' : `${status.sendingAttempts} calls`} to the storefront
            under way.
          </p>
        )}
        <LastSweep sweep={status.lastSweep} />
      </section>
      <section aria-labelledby="step-checklist">
        <h2 id="step-checklist">
          1. Checklist{' '}
          <span class="soft">
            {confirmed} of {status.checklist.length}
          </span>
        </h2>
        <Checklist status={status} />
      </section>
      <section aria-labelledby="step-open">
        <h2 id="step-open">2. Open the canary</h2>
        {status.state === 'closed' ? (
          <OpenCanary status={status} />
        ) : (
          <p class="soft">
            {status.state === 'open' ? 'It was opened, and is open to all by now.' : 'It is open.'}
          </p>
        )}
      </section>
      <section aria-labelledby="step-watch">
        <h2 id="step-watch">3. Watch one business day</h2>
        {status.watch ? (
          <Watch watch={status.watch} label="Watch of the tenant" />
        ) : (
          <p class="soft">
            {status.state === 'open'
              ? 'Nobody watched it: it was opened without a launch.'
              : 'It begins when the canary opens.'}
          </p>
        )}
      </section>
      <section aria-labelledby="step-traces">
        <h2 id="step-traces">
          4. Explain three updates <span class="soft">{`${approved} of ${toExplain}`}</span>
        </h2>
        <Reviews status={status} />
      </section>
      <section aria-labelledby="step-widen">
        <h2 id="step-widen">5. Widen by supplier</h2>
        <Suppliers status={status} />
      </section>
    </>
  );
}

/** Whether the signals let the launch go on; only a miss is somebody's to mend. */
function Held({ status }: { status: GateStatus }) {
  if (status.state === 'closed' || status.verdict === 'pass') return null;
  const missed = status.signals.filter(({ verdict }) => verdict === 'miss');
  if (missed.length === 0) {
    if (!isAwaited(status)) return null;
    return <p class="notice warn">Nothing opens or widens until all five signals are known to pass.</p>;
  }
  return (
    <div class="notice bad">
      <p class="notice-title">{whatAMissMeans(status)}</p>
      <ul>
        {missed.map(({ signal, title, reason, owner }) => (
          <li key={signal}>
            {title} missed its target: <Sentence text={reason} /> It is {owner}’s to mend.
          </li>
        ))}
      </ul>
    </div>
  );
}

function whatAMissMeans(status: GateStatus): string {
  if (!isAwaited(status)) return 'A target is missed. Nothing waits to be opened, and what flows goes on.';
  const isWatched = [status, ...status.suppliers].some(({ watch }) => watch && !watch.ended);
  return `The gate is closed: nothing opens or widens${isWatched ? ', and the watch begins again' : ''}.`;
}

/** A canary waits for the gate even with all its suppliers open: one of them completes the launch. */
function isAwaited({ state, suppliers }: GateStatus): boolean {
  return state === 'canary' || suppliers.some((one) => one.state === 'closed');
}

function SignalsInShort({ status }: { status: GateStatus }) {
  // Of what closes the gate, the notice above has told the reason.
  const isTold = ({ verdict }: GateSignal) => verdict === 'miss' && status.state !== 'closed';
  return (
    <>
      <ul class="signals-in-short">
        {status.signals.map((signal) => (
          <li key={signal.signal}>
            <VerdictBadge verdict={signal.verdict} /> {signal.title}: {signal.valueText}
            {signal.verdict !== 'pass' && !isTold(signal) && (
              <div class="soft">
                <Sentence text={signal.reason} />
              </div>
            )}
            {signal.verdict !== 'pass' && (
              <div class="soft">
                <Sentence text={signal.whatToDo} />
              </div>
            )}
            {signal.storefronts.length > 0 && <Readings of={readingsOf(signal)} />}
          </li>
        ))}
      </ul>
      <p class="soft">
        {status.sampledAt === null ? (
          'No sample was taken yet.'
        ) : (
          <>
            Sampled <Time at={status.sampledAt} />.
          </>
        )}{' '}
        <Link href={paths.signals(status.tenant)}>The signals with their trend</Link>,{' '}
        <Link href={paths.storefronts(status.tenant)}>the storefronts</Link>
      </p>
    </>
  );
}
