import Table from 'cli-table3';
import type { EventOutcome } from '../domain/event-outcome.ts';
import type { Outcomes } from '../ledger/outcomes.ts';

const MEANING: Record<EventOutcome, string> = {
  won: 'is what the catalog says',
  superseded: 'another event of the item wins',
  rejected: 'kept in the ledger, not in the catalog',
  held: 'waits for a closed flag',
  pending: 'under way',
  voided: 'taken out of the contest by hand',
  applied: 'a void: it took an event out of the contest',
  failed: 'retries ended; a replay takes it up again',
};

/** What became of a feed, as a table of at most 80 columns. */
export function outcomeTable(outcomes: Outcomes): string {
  const table = new Table({
    head: ['outcome', 'events', 'meaning'],
    colAligns: ['left', 'right', 'left'],
    style: { head: [], border: [] },
  });
  for (const { outcome, mode, count } of outcomes.events) {
    table.push([mode ? `${outcome} (${mode})` : outcome, count, MEANING[outcome]]);
  }
  if (outcomes.duplicates > 0)
    table.push(['duplicate', outcomes.duplicates, 'a delivery sent again: no effect']);
  if (outcomes.conflicts > 0)
    table.push(['conflict', outcomes.conflicts, 'an id sent again with other content: refused']);
  const versions = outcomes.versions.map(({ publication, count }) => `${count} ${publication}`).join(', ');
  return `${table.toString()}\n${outcomes.items} items; versions: ${versions || 'none'}`;
}
