import { eventIdOfContent, workflowIdOf } from '../../intake/event-id.ts';
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
    return mapRow(row, mapping, context).events.map(({ id, ...content }) => {
      const eventId = id ?? eventIdOfContent(content);
      return {
        line: row.line,
        event: { eventId, ...content, workflowId: workflowIdOf({ ...owner, eventId }) },
      };
    });
  });
}
