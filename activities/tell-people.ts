import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { withoutStack } from '../src/domain/without-stack.ts';
import { DEFAULT_GATE_SETTINGS } from '../src/gate/settings.ts';
import { noteConditions } from '../src/notify/note-conditions.ts';
import { NotSent } from '../src/notify/notify-error.ts';
import { sendNext } from '../src/notify/send-next.ts';
import { retriedDatabaseFailure } from './database-failure.ts';
import type { ActivityDependencies } from './dependencies.ts';

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
    /** Writes down what each channel is to be told. @returns those that something is to be sent to */
    async noteConditions(): Promise<string[]> {
      const channels = await noteConditions(database, settings, ({ tenant, error }) =>
        log.error({ error, tenant }, 'a tenant cannot be read, and what was told of it stays as it was'),
      );
      metrics.notificationRoundDone();
      return channels;
    },

    /** Sends a channel's oldest message. Neither input nor failure says where it leads. */
    async sendNotification(channel: string): Promise<'sent' | 'none'> {
      try {
        return await sendNext(sender, channel);
      } catch (error) {
        if (!(error instanceof NotSent)) throw retriedDatabaseFailure('send notification', error);
        log.warn({ channel, reason: error.message }, 'a notification was not sent');
        throw withoutStack(
          ApplicationFailure.create({
            message: `send notification: ${error.message}`,
            type: 'notification_not_sent',
            nonRetryable: false,
            category: ApplicationFailureCategory.BENIGN,
          }),
        );
      }
    },
  };
}
