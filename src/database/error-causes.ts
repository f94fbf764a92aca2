/** Deeper than any error of Prisma nests. */
const DEEPEST_CAUSE = 8;

/** An error of a query and what lies behind it: Prisma's holds the adapter's, which holds the driver's. */
export function* causesOf(error: unknown): Generator<Record<string, unknown>> {
  let current = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && isRecord(current); depth += 1) {
    yield current;
    current = (isRecord(current.meta) && current.meta.driverAdapterError) || current.cause;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
