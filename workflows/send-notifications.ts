import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.ts';
import { sendNotificationPolicy } from '../activities/tell-people.policy.ts';
import { goOnAnew, shouldGoOnAnew } from './go-on-anew.ts';

const { sendNotification } = proxyActivities<Pick<Activities, 'sendNotification'>>(sendNotificationPolicy);

/**
 * Sends what a channel is to be told, until nothing is left. All that counts is in the outbox: lost and started anew, it
 * goes on where it was.
 */
export async function sendNotifications({ channel }: { channel: string }): Promise<void> {
  while ((await sendNotification(channel)) === 'sent') {
    if (shouldGoOnAnew()) await goOnAnew<typeof sendNotifications>({ channel });
  }
}
