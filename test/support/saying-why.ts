/**
 * For properties that go to the database: a search for a smaller counterexample would outlast the test's own time
 * limit, and the failure that it began with would never be told.
 */
export const SAYING_WHY = { interruptAfterTimeLimit: 100_000, markInterruptAsFailure: true } as const;
