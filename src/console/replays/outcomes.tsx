import { replayOutcomeInWords } from '../../domain/version-rule-words.ts';

/** What becomes of an item, in words. */
const MEANINGS: Record<string, string> = {
  would_win: 'another event wins the item',
  repaired: 'its row was not what the ledger says, and is mended',
  publish_only: 'it is right; the storefront is told of it',
  superseded: 'it is right; undecided events lose',
  already_current: 'it is right; the storefront is told once more',
  held: 'a flag is closed: nothing is done',
};

const MOVED = 'it is right by the rule before, and is moved to the new one';

/**
 * Counts by outcome, those that change something first.
 *
 * @param ofRule of a replay that carries out a change of the stock rule
 */
export function ItemOutcomes({
  counts,
  ofRule = false,
}: {
  counts: Record<string, number>;
  ofRule?: boolean;
}) {
  const known = Object.keys(MEANINGS);
  const rows = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .toSorted(([a], [b]) => known.indexOf(a) - known.indexOf(b));
  if (rows.length === 0) return <p class="soft">No item.</p>;
  return (
    <ul class="outcomes">
      {rows.map(([outcome, count]) => (
        <li key={outcome}>
          <span class="count">{count.toLocaleString()}</span>{' '}
          <strong>{replayOutcomeInWords({ outcome, stockRule: ofRule ? '' : null })}</strong>{' '}
          <span class="soft">{ofRule && outcome === 'repaired' ? MOVED : MEANINGS[outcome]}</span>
        </li>
      ))}
    </ul>
  );
}
