import { ApplicationFailure } from '@temporalio/common';
import type { Seal } from '../src/domain/seal.ts';
import { isDataException } from '../src/database/data-exception.ts';
import { isMissingRow } from '../src/database/missing-row.ts';
import { isQueryError, wordsOfQueryError } from '../src/database/words-of-query-error.ts';
import { runContext } from './check-seal.ts';

/**
 * What an activity throws when the database fails it, in the words of the step that it was. It is retried, unless the
 * values themselves are what the database cannot do with, or the ledger does not hold what the workflow is about, as
 * after an older backup was restored: those would fail for as long as retries go on.
 */
export function databaseFailure(step: string, error: unknown): ApplicationFailure {
  if (isMissingRow(error)) {
    return ApplicationFailure.nonRetryable(
      `${step}: the ledger does not hold what this workflow is about; was an older backup restored?`,
      'transaction_timeout',
    );
  }
  const failure = retriedDatabaseFailure(step, error);
  return isDataException(error) ? ApplicationFailure.nonRetryable(failure.message, failure.type) : failure;
}

/** The same of a step that has to be done in the end, whatever the database says now. */
export function retriedDatabaseFailure(step: string, error: unknown): ApplicationFailure {
  return ApplicationFailure.retryable(`${step}: ${wordsOfQueryError(error)}`, 'transaction_timeout');
}

/** The same, and one that is not retried proves that an activity of ours said so of the event: see recordEventFailure. */
export function provenDatabaseFailure(
  seal: Seal,
  seq: string,
  step: string,
  error: unknown,
): ApplicationFailure {
  const failure = databaseFailure(step, error);
  if (failure.nonRetryable !== true) return failure;
  const proof = seal.of(runContext(), [seq, failure.type, failure.message]);
  return ApplicationFailure.nonRetryable(failure.message, failure.type, { proof });
}

/**
 * Activities of which none throws what Prisma throws: what an activity throws stands in Temporal for everybody to read, and
 * who writes one may forget to say in what words.
 */
export function withoutQueryErrors<A extends Record<string, (...args: never[]) => Promise<unknown>>>(
  activities: A,
): A {
  const guarded = Object.entries(activities).map(([name, activity]) => [
    name,
    async (...args: never[]): Promise<unknown> => {
      try {
        return await activity(...args);
      } catch (error) {
        throw isQueryError(error) ? retriedDatabaseFailure(stepOf(name), error) : error;
      }
    },
  ]);
  return Object.fromEntries(guarded) as A;
}

/** `sampleGate` as people read it. */
function stepOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
