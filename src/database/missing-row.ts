import { causesOf } from './error-causes.ts';

/** PostgreSQL's no_data_found, which SELECT … INTO STRICT raises, and Prisma's word for the same. */
const MISSING = new Set(['P0002', 'P2025']);

/** What a statement was to be about is not in the ledger. */
export class MissingRowError extends Error {
  override name = 'MissingRowError';
}

/** Whether a statement failed because the row that it is about is not there; rows of the ledger do not come later. */
export function isMissingRow(error: unknown): boolean {
  if (error instanceof MissingRowError) return true;
  for (const { code, originalCode } of causesOf(error)) {
    if ([code, originalCode].some((one) => typeof one === 'string' && MISSING.has(one))) return true;
  }
  return false;
}
