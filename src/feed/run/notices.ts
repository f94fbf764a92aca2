import type { Rejection } from '../../domain/failure-modes.ts';
import { SAME_MOMENT } from '../../domain/same-moment.ts';
import { eventIdOfContent } from '../../intake/event-id.ts';
import { sameMomentOfFile } from '../../intake/same-moment.ts';
import type { SupplierEventContent } from '../../intake/supplier-event-schema.ts';
import type { Foresight } from '../ingest/foresee.ts';

/** What is to be known of a file's events beside what is refused: they are taken all the same. */
export type NoticeKind = Rejection | 'unknown_sku' | 'same_moment';

export interface Notice {
  count: number;
  /** The first ones. */
  lines: number[];
}

export type Notices = { [Kind in NoticeKind]?: Notice | undefined };

const SHOWN_LINES = 20;

/** Says of each event of a file, one after the other, what is to be known of it; at constant memory. */
export type Noticer = (event: SupplierEventContent, line: number, notices: Notices) => void;

export function noticer(fate: Foresight['fate'] | undefined): Noticer {
  const cameBefore = sameMomentOfFile();
  return (event, line, notices) => {
    const kind = fate?.(event);
    if (kind !== undefined) add(notices, kind, line);
    // An id takes long to make.
    if (event.location !== '') return;
    if (cameBefore({ ...event, eventId: event.id ?? eventIdOfContent(event) }))
      add(notices, 'same_moment', line);
  };
}

function add(notices: Notices, kind: NoticeKind, line: number): void {
  const notice = (notices[kind] ??= { count: 0, lines: [] });
  notice.count += 1;
  if (notice.lines.length < SHOWN_LINES) notice.lines.push(line);
}

/** A sentence for each kind. */
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
