import { secondsInWords } from '../../domain/span.ts';
import { printable } from '../../domain/safe-text.ts';
import type { Finding } from '../../sweep/read-findings.ts';
import type { SweepStatus } from '../../sweep/sweep-status.ts';

/** A finding on one line: how it differs, the item, by whose page, the ledger, what is shown, and what became of it. */
export function findingLine(finding: Finding): string {
  const { kind, itemId, storefront, ledger, shown } = finding;
  return [
    kind.padEnd(20),
    printable(itemId),
    storefront,
    pairOf(ledger),
    pairOf(shown),
    fateOf(finding),
  ].join('  ');
}

/** What is left, or that nothing is. */
export function driftInWords({ drift }: Pick<SweepStatus, 'drift'>): string {
  const parts = Object.entries(drift).map(([kind, count]) => `${kind} ${count}`);
  return parts.length > 0 ? parts.join(', ') : 'none';
}

/** By which way a storefront is asked. */
export function wayInWords({
  way,
  wayReason,
  rate,
}: Pick<SweepStatus, 'way' | 'wayReason' | 'rate'>): string {
  if (way === null) return 'not known yet';
  if (way === 'list') return "by the storefront's list";
  return `item by item, ${rate} a second at most${wayReason === null ? '' : `, because ${printable(wayReason)}`}`;
}

/** What a sweep's progress line says, by how it stood at the looks so far. */
export function progressWords(): (status: SweepStatus) => string {
  let first: { at: number; done: number } | undefined;
  const progress = ({ phase, items, findings }: SweepStatus): string => {
    const differ = `${findings.total} differ`;
    if (phase !== 'ask') {
      return `${differ}; ${findings.repaired} published anew, ${findings.mended} mended`;
    }
    first ??= { at: performance.now(), done: items.done };
    const rate = ((items.done - first.done) * 1000) / Math.max(1, performance.now() - first.at);
    const left =
      rate > 0 && items.total !== null && items.total > items.done
        ? `, about ${secondsInWords(Math.ceil((items.total - items.done) / rate))} left`
        : '';
    return `${items.done} of ${items.total ?? '?'} items, ${differ}${left}`;
  };
  // Of several storefronts, one may not answer while another is asked.
  return (status) =>
    status.silence
      ? `${progress(status)}; no answer, asking again (${printable(status.silence.reason)})`
      : progress(status);
}

function pairOf(pair: { version: number; quantity: number } | null): string {
  return pair ? `${pair.version}/${pair.quantity}` : '-';
}

function fateOf({ mendedAt, note }: Finding): string {
  if (mendedAt !== null) return 'mended';
  return note === null ? 'not mended' : `not mended: ${printable(note)}`;
}
