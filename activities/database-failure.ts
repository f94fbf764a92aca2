import { ApplicationFailure } from '@temporalio/common';

/** What an activity throws when the database fails it: retried, and in the words of the step that it was. */
export function databaseFailure(step: string, error: unknown): ApplicationFailure {
  const words = error instanceof Error ? error.message.trim() : String(error);
  return ApplicationFailure.retryable(`${step}: ${words}`, 'transaction_timeout');
}
