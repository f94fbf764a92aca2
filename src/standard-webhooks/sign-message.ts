import { digestOf, isMessageId, isTimestamp } from './message.ts';
import { checkSecret } from './secret.ts';

export type WebhookHeaders = Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>;

/**
 * Signs a message as Standard Webhooks 1.0.0 says, with one symmetric secret, or two while it changes.
 *
 * @throws RangeError for an id, a timestamp or a secret that a receiver would have to refuse
 */
export function signMessage(message: {
  id: string;
  /** Whole seconds since 1970. */
  timestampSeconds: number;
  /** Exactly what is sent; a string is signed, and has to be sent, as UTF-8. */
  body: Buffer | string;
  secret: Buffer;
  /** During a rotation: the receiver may know either. */
  secretBefore?: Buffer | undefined;
}): WebhookHeaders {
  const timestamp = String(message.timestampSeconds);
  if (!isMessageId(message.id)) {
    throw new RangeError('a webhook-id is 1 to 200 printable ASCII characters without dot, comma and space');
  }
  if (!isTimestamp(timestamp)) throw new RangeError('a webhook-timestamp is whole seconds since 1970');
  const signatures = [message.secret, ...(message.secretBefore ? [message.secretBefore] : [])].map(
    (secret) => {
      checkSecret(secret);
      return `v1,${digestOf(message.id, timestamp, message.body, secret).toString('base64')}`;
    },
  );
  return {
    'webhook-id': message.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
