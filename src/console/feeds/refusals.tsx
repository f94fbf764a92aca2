import { noticesInWords, type Notices } from '../../domain/file-notices.ts';
import { stretchesInWords, type Stretch } from '../../domain/line-stretches.ts';
import type { FeedRunShown } from '../api/types.ts';
import { Foreign } from '../parts/foreign-text.tsx';
import { Sentence } from '../parts/sentence.tsx';

/** More would push what matters off the screen. */
const SHOWN_STRETCHES = 50;

type RefusedAlike = FeedRunShown['refused'][number] & { ranges?: readonly Stretch[] };

/** Rows that give no event, by what is wrong with them. */
export function Refusals({ refused, place = 'line' }: { refused: readonly RefusedAlike[]; place?: string }) {
  return (
    <ul class="refusals">
      {refused.map(({ code, count, lines, ranges, reason }) => (
        <li key={code}>
          <strong>{count.toLocaleString()}</strong> <code>{code}</code>,{' '}
          {ranges ? allInWords(ranges, place) : linesInWords(lines, count, place)}
          <div class="soft">
            {lines.length > 1 && 'the first: '}
            <Sentence text={reason} />
          </div>
        </li>
      ))}
    </ul>
  );
}

function linesInWords(lines: readonly number[], count: number, place: string): string {
  const named = lines.map((line) => line.toLocaleString()).join(', ');
  return `${place}${lines.length === 1 ? '' : 's'} ${named}${count > lines.length ? ' …' : ''}`;
}

function allInWords(ranges: readonly Stretch[], place: string): string {
  const { words, more } = stretchesInWords(ranges, SHOWN_STRETCHES, place);
  return more === 0 ? words : `${words} and ${more.toLocaleString()} more`;
}

/** What is to be known of events that are taken all the same. */
export function FileNotices({ notices }: { notices: Notices }) {
  const sentences = noticesInWords(notices);
  if (sentences.length === 0) return null;
  return (
    <div class="notice warn">
      <p class="notice-title">Taken into the ledger, but:</p>
      <ul>
        {sentences.map((sentence) => (
          <li key={sentence}>
            <Sentence text={sentence} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Why a file is or would be held, a sentence for each guard. */
export function GuardReasons({ reasons }: { reasons: readonly { guard: string; reason: string }[] }) {
  return (
    <ul>
      {reasons.map(({ guard, reason }) => (
        <li key={guard + reason}>
          <Foreign text={reason} /> <code class="soft">{guard}</code>
        </li>
      ))}
    </ul>
  );
}
