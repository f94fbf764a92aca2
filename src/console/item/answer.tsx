import type { TraceAnswer } from '../api/types.ts';
import { StateBadge } from '../parts/badge.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Time, WithTimes } from '../parts/time.tsx';
import { idsOf } from './ids-of.ts';
import { NoFigure } from './no-figure.tsx';

/** The answer in words, ready for a customer, and the figures that it rests on. */
export function Answer({
  trace,
  live,
  asked,
}: {
  trace: TraceAnswer;
  live: boolean;
  /** The event that the answer begins with. */
  asked: { supplier: string; eventId: string } | undefined;
}) {
  const { item, storefront } = trace;
  const event = trace.events.find(
    ({ supplier, eventId }) => eventId === asked?.eventId && supplier === asked.supplier,
  );
  return (
    <section class="card answer" aria-labelledby="answer">
      <div class="section-head">
        <h2 id="answer">The answer</h2>
        <CopyButton text={trace.answer} label="Copy the answer" />
      </div>
      <p class="words">
        <WithTimes
          text={trace.answer}
          ids={idsOf(trace)}
          {...(event && { day: event.updatedAt.slice(0, 10) })}
        />
      </p>
      <dl class="figures">
        <div>
          <dt>Catalog says</dt>
          <dd class="big">{item ? item.quantity.toLocaleString() : 'nothing'}</dd>
          {item && (
            <dd class="soft">
              version {item.version}, the figure of <Time at={item.updatedAt} />
            </dd>
          )}
        </div>
        <div>
          <dt>{whoShows(trace)} shows</dt>
          <Storefront
            storefront={storefront}
            version={item?.version}
            anyOpen={trace.storefronts.some(({ state }) => state === 'open')}
          />
        </div>
        <div>
          <dt>Publication</dt>
          <Publication publication={trace.publication} />
        </div>
      </dl>
      <p class="soft live">
        {live ? (
          <>
            <span class="pulse" aria-hidden="true" /> Something is under way: this page updates by itself.
          </>
        ) : (
          'Nothing is under way.'
        )}
      </p>
    </section>
  );
}

/** By its name where there are several: the first open one is asked. */
function whoShows({ storefronts }: TraceAnswer): string {
  const first = storefronts.find(({ state }) => state !== 'closed');
  return storefronts.length > 1 && first ? first.name : 'Storefront';
}

function Storefront({
  storefront,
  version,
  anyOpen,
}: {
  storefront: TraceAnswer['storefront'];
  version: number | undefined;
  /** Whether any of the tenant's storefronts is open. */
  anyOpen: boolean;
}) {
  if (storefront === null)
    return <dd class="soft">{anyOpen ? 'no address is known' : 'each storefront is closed'}</dd>;
  if ('error' in storefront) {
    return (
      <dd>
        <NoFigure {...storefront} />
      </dd>
    );
  }
  return (
    <>
      <dd class="big">{storefront.quantity.toLocaleString()}</dd>
      <dd class="soft">
        version {storefront.version}
        {version !== undefined && storefront.version < version && (
          <>
            {' '}
            <span class="badge bad">older than the catalog</span>
          </>
        )}
      </dd>
    </>
  );
}

/** How far the catalog's version is told to the storefront, with what keeps it from there. */
function Publication({ publication }: { publication: TraceAnswer['publication'] }) {
  if (publication === null) return <dd class="soft">none</dd>;
  const { state, version, at, failedTries, lastFailure, refusal, replayId, nextTryAt } = publication;
  return (
    <>
      <dd>
        <StateBadge state={state} />
      </dd>
      <dd class="soft">
        version {version}, {state === 'due' ? 'waiting since' : 'at'} <Time at={at} />
      </dd>
      {state === 'rejected' && refusal !== null && (
        <dd>
          {refusal.reason !== null && <Foreign text={refusal.reason} />}{' '}
          <span class="soft">
            said <Time at={refusal.startedAt} />
          </span>
        </dd>
      )}
      {replayId !== null && (
        <dd>
          <span class="badge info">replay</span> <Foreign text={replayId} /> tells it again
        </dd>
      )}
      {failedTries > 0 && lastFailure !== null && (
        <dd>
          <span class="badge bad">{failedTries === 1 ? '1 try failed' : `${failedTries} tries failed`}</span>{' '}
          {lastFailure.reason !== null && <Foreign text={lastFailure.reason} />}{' '}
          <span class="soft">
            last <Time at={lastFailure.startedAt} />
            {nextTryAt !== null && (
              <>
                , next <Time at={nextTryAt} />
              </>
            )}
          </span>
        </dd>
      )}
    </>
  );
}
