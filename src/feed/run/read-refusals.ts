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

const SHOWN_LINES = 10;

/** Those of one code, with the first lines and the reason of the first of them. */
export interface RefusedAlike {
  code: string;
  lines: number[];
  reason: string;
}

/** The kept ones by their codes, in the order of the file. */
export async function refusedByCode(
  database: Pick<Database, 'feedRefusal'>,
  runId: string,
): Promise<RefusedAlike[]> {
  const rows = await database.feedRefusal.findMany({
    where: { runId },
    orderBy: { no: 'asc' },
    select: { line: true, code: true, reason: true },
  });
  const alike = new Map<string, RefusedAlike>();
  for (const { line, code, reason } of rows) {
    const known = alike.get(code) ?? { code, lines: [], reason };
    alike.set(code, known);
    if (known.lines.length < SHOWN_LINES) known.lines.push(line);
  }
  return [...alike.values()];
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
