import type { Scheme } from './scheme.ts';

const OF_BODY = { scheme: 'hmac', algorithm: 'sha256', timestamp: null, signs: '{body}' } as const;

/** Schemes that go by a name. */
export const PRESETS: Readonly<Record<string, Scheme>> = {
  standard: { scheme: 'standard' },
  // https://shopify.dev/docs/apps/build/webhooks/subscribe/https
  shopify: { ...OF_BODY, header: 'x-shopify-hmac-sha256', encoding: 'base64', prefix: '' },
  // https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
  github: { ...OF_BODY, header: 'x-hub-signature-256', encoding: 'hex', prefix: 'sha256=' },
  basic: { scheme: 'basic' },
  bearer: { scheme: 'bearer' },
};
