import type { Due, Message } from '../message.ts';
import type { Target } from '../target.ts';
import { sendPagerDuty } from './pagerduty.ts';
import { sendSlack } from './slack.ts';
import { sendWebhook } from './webhook.ts';

/**
 * Sends a message where a channel leads.
 *
 * @param settled which of a mail's addresses are told no more
 * @throws NotSent, PartlySent, RefusedForGood, RangeError for a secret that cannot be signed with
 */
export async function send(
  target: Target,
  message: Message,
  settled: Pick<Due, 'takenBy' | 'refusedBy'> = { takenBy: [], refusedBy: [] },
): Promise<void> {
  switch (target.kind) {
    case 'webhook':
      return sendWebhook(target, message);
    case 'slack':
      return sendSlack(target, message);
    case 'pagerduty':
      return sendPagerDuty(target, message);
    case 'email': {
      // A worker without such a channel never loads it.
      const { sendEmail } = await import('./email.ts');
      return sendEmail(target, message, settled);
    }
  }
}
