import { formatTime } from '../../domain/time.ts';
import { parseSecret } from '../../standard-webhooks/secret.ts';
import { signMessage } from '../../standard-webhooks/sign-message.ts';
import type { Message } from '../message.ts';
import type { Target } from '../target.ts';
import { bodyOf, subjectOf } from '../words.ts';
import { post } from './post.ts';

/** Our own form, signed as Standard Webhooks says; docs/notifications.md describes it. The body is the same at each try. */
export async function sendWebhook(
  { url, secret }: Extract<Target, { kind: 'webhook' }>,
  message: Message,
): Promise<void> {
  const { id, channel, madeAt, isTest, groups } = message;
  const body = Buffer.from(
    JSON.stringify({
      type: isTest ? 'catalog-sync.test' : 'catalog-sync.notification',
      timestamp: formatTime(madeAt),
      data: { id, channel, subject: subjectOf(message), text: bodyOf(message), groups },
    }),
  );
  const headers = signMessage({
    id,
    timestampSeconds: Math.floor(Date.now() / 1000),
    body,
    secret: parseSecret(secret),
  });
  await post(url, body, headers);
}
