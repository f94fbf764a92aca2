import { newSecret } from '../../../standard-webhooks/secret.ts';
import { signMessage, type WebhookHeaders } from '../../../standard-webhooks/sign-message.ts';
import type { SignedBust } from '../../../storefront/post-signed.ts';
import { taken } from '../judge-answer.ts';
import type { StorefrontPromise } from '../promise.ts';
import { sendAltered } from './send-altered.ts';

/** Three times the five minutes of Standard Webhooks: no clock is so wrong. */
const OLD_SECONDS = 900;

const ANYBODY = 'Whoever finds the address could set quantities.';
const CHECK_IT =
  'Refuse with 401 unless one of the signatures is base64(HMAC-SHA256(secret, "{webhook-id}.{webhook-timestamp}.{body}")), ' +
  'over the very bytes that came.';

export const refusesOtherSecrets: StorefrontPromise = {
  id: 'refuses-other-secrets',
  name: 'refuses another secret',
  why: ANYBODY,
  todo: CHECK_IT,
  needs: ['takes-messages'],
  try: (storefront) =>
    sendAltered(storefront, storefront.message(), ({ headers, body }) => ({
      headers: { ...headers, ...signedAgain({ headers, body }) },
      body,
    })),
};

export const refusesAlteredBodies: StorefrontPromise = {
  id: 'refuses-altered-bodies',
  name: 'refuses an altered body',
  why: 'Whoever has seen one message could send it with another quantity.',
  todo: CHECK_IT,
  needs: ['takes-messages'],
  try: (storefront) =>
    sendAltered(storefront, storefront.message(), ({ headers, body }) => ({
      headers,
      body: Buffer.from(body.toString().replace(/"quantity":(\d+)/, '"quantity":1$1')),
    })),
};

export const refusesUnsigned: StorefrontPromise = {
  id: 'refuses-unsigned',
  name: 'refuses unsigned messages',
  why: ANYBODY,
  todo: 'Refuse with 401 what lacks webhook-id, webhook-timestamp or webhook-signature.',
  needs: ['takes-messages'],
  try: (storefront) =>
    sendAltered(storefront, storefront.message(), ({ headers, body }) => {
      const { 'webhook-signature': _, ...others } = headers;
      return { headers: others, body };
    }),
};

export const refusesOldMessages: StorefrontPromise = {
  id: 'refuses-old-messages',
  name: 'refuses an old message',
  why: 'Whoever has recorded a message could send it again at any time.',
  todo: 'Refuse with 401 a webhook-timestamp that is more than five minutes off; keep its clock right (NTP).',
  needs: ['takes-messages'],
  try: (storefront) =>
    sendAltered(storefront, storefront.message(), (bust) => bust, { ageSeconds: OLD_SECONDS }),
};

export const takesSecondSignature: StorefrontPromise = {
  id: 'takes-second-signature',
  name: 'takes any of several signatures',
  why: 'While its secret changes, messages are signed with both; with one of them it has to be content.',
  todo: 'Split webhook-signature at its blanks, and take the message when one of them is right.',
  needs: ['takes-messages'],
  try: (storefront) =>
    sendAltered(
      storefront,
      storefront.message(),
      ({ headers, body }) => {
        const { 'webhook-signature': wrong } = signedAgain({ headers, body });
        return {
          headers: { ...headers, 'webhook-signature': `${wrong} ${headers['webhook-signature']}` },
          body,
        };
      },
      { judge: taken },
    ),
};

/** The headers that sign the same message, with a secret that nobody knows. */
function signedAgain({ headers, body }: SignedBust): WebhookHeaders {
  const { 'webhook-id': id = '', 'webhook-timestamp': timestamp } = headers;
  return signMessage({ id, timestampSeconds: Number(timestamp), body, secret: newSecret() });
}
