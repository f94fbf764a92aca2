import type { Rejection } from './failure-modes.ts';
import { SAME_MOMENT } from './same-moment.ts';

/** What is to be known of a file's events beside what is refused: they are taken all the same. */
export type NoticeKind = Rejection | 'unknown_sku' | 'same_moment';

export interface Notice {
  count: number;
  /** The first ones. */
  lines: number[];
}

export type Notices = { [Kind in NoticeKind]?: Notice | undefined };

/** A sentence for each kind, without its full stop. */
export function noticesInWords(notices: Notices): string[] {
  return Object.entries(notices).flatMap(([kind, notice]) => {
    if (!notice) return [];
    const { count, lines } = notice;
    const where = `line${count === 1 ? '' : 's'} ${lines.join(', ')}${count > lines.length ? ' …' : ''}`;
    return `${count} ${count === 1 ? 'event' : 'events'} ${meaningOf(kind as NoticeKind)} (${where})`;
  });
}

function meaningOf(kind: NoticeKind): string {
  switch (kind) {
    case 'same_moment':
      return `taken with a warning: ${SAME_MOMENT}`;
    case 'unknown_sku':
      return 'will wait for an alias (unknown_sku): catalog-sync alias unknown';
    case 'malformed_sku':
    case 'clock_drift':
      return `will be rejected: ${kind}`;
  }
}
