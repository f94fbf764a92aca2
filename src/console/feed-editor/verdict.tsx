import type { FeedPreview } from '../api/types.ts';
import { FileNotices, GuardReasons, Refusals } from '../feeds/refusals.tsx';
import { foundInWords } from '../feeds/found.ts';
import { Foreign } from '../parts/foreign-text.tsx';
import { Sentence } from '../parts/sentence.tsx';
import { Changes } from './changes.tsx';

type Preview = NonNullable<FeedPreview['preview']>;

/** What the whole sample would do. */
export function Verdict({ preview }: { preview: Preview }) {
  const { rows, refused, figures, guards, unread, unreadable, refusals, found, notices, closed, unknown } =
    preview;
  return (
    <>
      <p>
        {count(rows, 'row')}, {figures.toLocaleString()} {figures === 1 ? 'event' : 'events'},{' '}
        {refused.toLocaleString()} refused.{' '}
        <span class="soft">
          Read as <Foreign text={foundInWords(found)} />.
        </span>
      </p>
      {unreadable !== null && (
        <div class="notice bad">
          <p class="notice-title">Such a file fails, and nothing of it flows.</p>
          <p>
            <Sentence text={unreadable} />
          </p>
        </div>
      )}
      {guards.verdict === 'held' ? (
        <div class="notice warn">
          <p class="notice-title">The guards would hold it.</p>
          <GuardReasons reasons={guards.reasons} />
        </div>
      ) : (
        unreadable === null && <p class="notice good">The guards would let it pass.</p>
      )}
      {closed !== null && (
        <div class="notice warn">
          <p class="notice-title">Its events would be held:</p>
          <p>
            <Sentence text={closed} />
          </p>
        </div>
      )}
      <Unknown unknown={unknown} />
      {/* The codes are told above. */}
      <FileNotices notices={{ ...notices, unknown_sku: undefined }} />
      <Changes changes={preview.changes} />
      {refusals.length > 0 && (
        <>
          <h3>Refused</h3>
          <Refusals refused={refusals} place={typeof found.place === 'string' ? found.place : 'line'} />
        </>
      )}
      {unread.length > 0 && (
        <p class="soft">
          Not read: <Foreign text={unread.join(', ')} />
        </p>
      )}
    </>
  );
}

/** Codes that have no alias: only where the tenant holds such events. */
function Unknown({ unknown: { events, codes, first } }: { unknown: Preview['unknown'] }) {
  if (events === 0) return null;
  return (
    <div class="notice warn">
      <p class="notice-title">
        {count(events, 'event')} would wait for an alias of {count(codes, 'code')} (unknown_sku).
      </p>
      <p>
        <Foreign text={first.join(', ') + (codes > first.length ? ' …' : '')} />
      </p>
    </div>
  );
}

function count(number: number, thing: string): string {
  return `${number.toLocaleString()} ${thing}${number === 1 ? '' : 's'}`;
}
