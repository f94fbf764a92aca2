import { causesOf } from './error-causes.ts';

/** SQLSTATE class 22: a value that the database cannot keep, read or compute with. */
const DATA_EXCEPTION = /^22[0-9A-Z]{3}$/;

/** And 23: one that breaks a rule of its table. */
const DATA_OR_INTEGRITY = /^2[23][0-9A-Z]{3}$/;

/** Whether a statement failed for the values it was given: the same statement fails again, however often. */
export function isDataException(error: unknown): boolean {
  return isOfClass(error, DATA_EXCEPTION);
}

/** The same, also where a rule of a table is what they break: of statements that race with no other. */
export function isRefusedForGood(error: unknown): boolean {
  return isOfClass(error, DATA_OR_INTEGRITY);
}

function isOfClass(error: unknown, pattern: RegExp): boolean {
  for (const { code, originalCode } of causesOf(error)) {
    if ([code, originalCode].some((one) => typeof one === 'string' && pattern.test(one))) return true;
  }
  return false;
}
