import type { NoticeKind, Notices } from '../../domain/file-notices.ts';
import { eventIdOfContent } from '../../intake/event-id.ts';
import { sameMomentOfFile } from '../../intake/same-moment.ts';
import type { SupplierEventContent } from '../../intake/supplier-event-schema.ts';
import type { Foresight } from '../ingest/foresee.ts';

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
