import type { FeedRunShown } from '../api/types.ts';
import { Foreign } from '../parts/foreign-text.tsx';
import { Sentence } from '../parts/sentence.tsx';

/** Rows that give no event, by what is wrong with them. */
export function Refusals({ refused, place = 'line' }: { refused: FeedRunShown['refused']; place?: string }) {
  return (
    <ul class="refusals">
      {refused.map(({ code, count, lines, reason }) => (
        <li key={code}>
          <strong>{count.toLocaleString()}</strong> <code>{code}</code>, {linesInWords(lines, count, place)}
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
