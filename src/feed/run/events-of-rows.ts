import { eventIdOfContent, workflowIdOf } from '../../intake/event-id.ts';
import type { SupplierEventContent } from '../../intake/supplier-event-schema.ts';
import type { IncomingEvent } from '../../ledger/record-supplier-events.ts';
import { isBad, type BadRow, type Row } from '../file/row.ts';
import { mapRow } from '../mapping/map-row.ts';
import type { OpenedFile } from './open-file.ts';

export interface RowEvent {
  line: number;
  event: IncomingEvent;
}

/** The events that rows give, each with an id: its own, or that of its content. */
export function eventsOfRows(
  rows: readonly (Row | BadRow)[],
  { mapping, context }: Pick<OpenedFile, 'mapping' | 'context'>,
  owner: { tenant: string; supplier: string },
): RowEvent[] {
  return rows.flatMap((row) => {
    if (isBad(row)) return [];
    return mapRow(row, mapping, context).events.map((event) => ({
      line: row.line,
      event: eventOf(event, owner),
    }));
  });
}

export function eventOf(
  { id, ...content }: SupplierEventContent,
  owner: { tenant: string; supplier: string },
): IncomingEvent {
  const eventId = id ?? eventIdOfContent(content);
  return { eventId, ...content, workflowId: workflowIdOf({ ...owner, eventId }) };
}
