import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { withoutStack } from '../src/domain/without-stack.ts';
import { DEFAULT_GATE_SETTINGS } from '../src/gate/settings.ts';
import { noteConditions } from '../src/notify/note-conditions.ts';
import { NotSent, PartlySent } from '../src/notify/notify-error.ts';
import { sendNext } from '../src/notify/send-next.ts';
import { readTerm } from '../src/notify/term.ts';
import { retriedDatabaseFailure } from './database-failure.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** Behind a mail that some addresses do not take, what the others are told next waits, and for no longer than until then. */
const ADDRESS_IS_ASKED_EVERY_MS = 60_000;

/** What it takes to tell people. */
export function notifyActivities(dependencies: ActivityDependencies) {
  const { database, metrics, log, openSecret, publicUrl } = dependencies;
  const settings = dependencies.gate ?? DEFAULT_GATE_SETTINGS;
  const sender = {
    ...{ database, openSecret, publicUrl },
    onTry: metrics.notificationTried,
    onGivenUp: (lost: { channel: string; id: string; reason: string }) =>
      log.error(lost, 'a notification was given up'),
  };
  return {
    /** Writes down what each channel is to be told. @returns the terms of those that something is to be sent to */
    async noteConditions(): Promise<string[]> {
      const { due, failed, sawNobody } = await noteConditions(database, settings, {
        onUnread: (unread) =>
          log.error(unread, 'a tenant cannot be read, and what was told of it stays as it was'),
        onLate: (late) => log.error(late, 'there was no time to read these tenants; a next round does'),
        onUnnoted: (unnoted) => log.error(unnoted, 'what a channel is to be told cannot be noted'),
      });
      if (failed.length === 0 && !sawNobody) metrics.notificationRoundDone();
      return due;
    },

    /** Sends the oldest message of a channel. Neither input nor failure says where it leads. @param channel its term */
    async sendNotification(channel: string): Promise<'sent' | 'none'> {
      try {
        return await sendNext(sender, channel);
      } catch (error) {
        if (!(error instanceof NotSent)) throw retriedDatabaseFailure('send notification', error);
        log.warn({ channel: readTerm(channel).name, reason: error.message }, 'a notification was not sent');
        throw withoutStack(
          ApplicationFailure.create({
            message: `send notification: ${error.message}`,
            type: 'notification_not_sent',
            nonRetryable: false,
            category: ApplicationFailureCategory.BENIGN,
            ...(error instanceof PartlySent &&
              error.settled.takenBy.length > 0 && { nextRetryDelay: ADDRESS_IS_ASKED_EVERY_MS }),
          }),
        );
      }
    },
  };
}
