/** SQLSTATE class 22: a value that the database cannot keep, read or compute with. */
const DATA_EXCEPTION = /^22[0-9A-Z]{3}$/;

/** Causes nest: Prisma's error holds the adapter's, which holds the driver's. */
const DEEPEST_CAUSE = 8;

/** Whether a statement failed for the values it was given: the same statement fails again, however often. */
export function isDataException(error: unknown): boolean {
  let current: unknown = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && isRecord(current); depth += 1) {
    const { code, originalCode, meta } = current;
    if ([code, originalCode].some((one) => typeof one === 'string' && DATA_EXCEPTION.test(one))) return true;
    current = (isRecord(meta) ? meta.driverAdapterError : undefined) ?? current.cause;
  }
  return false;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
