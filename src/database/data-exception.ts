import { causesOf } from './error-causes.ts';

/** SQLSTATE class 22: a value that the database cannot keep, read or compute with. */
const DATA_EXCEPTION = /^22[0-9A-Z]{3}$/;

/** Whether a statement failed for the values it was given: the same statement fails again, however often. */
export function isDataException(error: unknown): boolean {
  for (const { code, originalCode } of causesOf(error)) {
    if ([code, originalCode].some((one) => typeof one === 'string' && DATA_EXCEPTION.test(one))) return true;
  }
  return false;
}
