import { causesOf } from './error-causes.ts';

/** PostgreSQL's no_data_found, which SELECT … INTO STRICT raises, and Prisma's word for the same. */
const MISSING = new Set(['P0002', 'P2025']);

/** Whether a statement failed because the row that it is about is not there; rows of the ledger do not come later. */
export function isMissingRow(error: unknown): boolean {
  for (const { code, originalCode } of causesOf(error)) {
    if ([code, originalCode].some((one) => typeof one === 'string' && MISSING.has(one))) return true;
  }
  return false;
}
