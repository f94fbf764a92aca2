import { causesOf } from './error-causes.ts';

/** PostgreSQL's unique_violation, and Prisma's word for the same. */
const UNIQUE = new Set(['23505', 'P2002']);

/** Whether a statement failed because there is a row of that kind already. */
export function isUniqueViolation(error: unknown): boolean {
  for (const { code, originalCode } of causesOf(error)) {
    if ([code, originalCode].some((one) => typeof one === 'string' && UNIQUE.has(one))) return true;
  }
  return error instanceof Error && error.message.includes('23505');
}
