import type { FeedPreview } from '../api/types.ts';
import { GuardReasons, Refusals } from '../feeds/refusals.tsx';
import { foundInWords } from '../feeds/found.ts';
import { Foreign } from '../parts/foreign-text.tsx';
import { Sentence } from '../parts/sentence.tsx';

type Preview = NonNullable<FeedPreview['preview']>;

/** What the whole sample would do. */
export function Verdict({ preview }: { preview: Preview }) {
  const { rows, refused, figures, guards, unread, unreadable, refusals, found } = preview;
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

function Changes({ changes: { items, above0, zeroed, unheard } }: { changes: Preview['changes'] }) {
  return (
    <p>
      It names {count(items, 'item')}, {unheard.toLocaleString()} of them for the first time.{' '}
      {above0 === 0
        ? 'The supplier has none in stock yet.'
        : `Of ${count(above0, 'item')} in stock, ${zeroed.toLocaleString()} would go to 0.`}
    </p>
  );
}

function count(number: number, thing: string): string {
  return `${number.toLocaleString()} ${thing}${number === 1 ? '' : 's'}`;
}
