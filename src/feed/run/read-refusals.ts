import type { Database } from '../../database/client.ts';

/** A row of a run's file that gave no event. */
export interface Refused {
  line: number;
  code: string;
  reason: string;
  /** As it stood. */
  text: string;
}

/** Those that were kept, in the order of the file. */
export async function readRefusals(
  database: Pick<Database, 'feedRefusal'>,
  runId: string,
  limit = 1_000,
): Promise<Refused[]> {
  const rows = await database.feedRefusal.findMany({ where: { runId }, orderBy: { no: 'asc' }, take: limit });
  return rows.map(({ line, code, reason, text }) => ({ line, code, reason, text }));
}

/** The same as CSV, the reason beside each line. */
export function refusalsAsCsv(refused: readonly Refused[]): string {
  const lines = refused.map(({ line, code, reason, text }) =>
    [String(line), code, reason, text].map(field).join(','),
  );
  return ['line,code,reason,text', ...lines].join('\r\n').concat('\r\n');
}

/** Quoted whatever it holds; a spreadsheet is not to take what a supplier wrote for a formula. */
function field(text: string): string {
  const shown = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${shown.replaceAll('"', '""')}"`;
}
