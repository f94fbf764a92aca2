import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { formatTime, microsOf } from '../domain/time.ts';
import { parseJson } from '../storefront/parse-json.ts';
import { printableReason } from '../storefront/reason.ts';
import { verifyMessage, type MessageHeaders } from '../standard-webhooks/verify-message.ts';
import { delayOf, misbehave, type Control } from './control.ts';
import { splitItemId } from './item-id.ts';
import type { BustAnswer, LoggedRequest, RequestLog } from './request-log.ts';
import type { Shelf } from './shelf.ts';

/** Signing secrets by tenant; the one of `*` is for every tenant that has none of its own. */
export type StorefrontSecrets = Readonly<Record<string, Buffer>>;

export interface BustReply {
  status: number;
  headers: Record<string, string>;
  body: { accepted: boolean; reason?: string };
}

const cacheBust = z
  .object({
    itemId: z.string().max(1000),
    tenant: z.string(),
    sku: z.string(),
    version: z.number().int().min(0),
    quantity: z.number().int(),
  })
  .refine(
    ({ itemId, tenant, sku }) => {
      const parts = splitItemId(itemId);
      return parts?.tenant === tenant && parts.sku === sku;
    },
    { message: 'itemId is not tenant:sku' },
  );

/** Judges one cache bust as a real storefront would, and then as `control` says. */
export async function takeCacheBust(
  request: { headers: MessageHeaders; body: Buffer },
  shop: {
    secrets: StorefrontSecrets;
    control: () => Control;
    shelf: Shelf;
    requests: RequestLog;
    random: () => number;
    /** Fires when the storefront stops: nothing waits any longer. */
    stopping: AbortSignal;
  },
): Promise<BustReply> {
  const parsed = cacheBust.safeParse(parseJson(request.body.toString()));
  const logged = shop.requests.add({
    receivedAt: formatTime(microsOf(new Date())),
    webhookId: headerText(request.headers['webhook-id']),
    itemId: parsed.data?.itemId ?? null,
    version: parsed.data?.version ?? null,
    quantity: parsed.data?.quantity ?? null,
  });
  const reply = (
    answer: BustAnswer,
    status: number,
    body: BustReply['body'],
    headers: Record<string, string> = {},
  ): BustReply => {
    shop.requests.answer(logged, answer, status);
    return { status, headers, body };
  };

  if (!parsed.success) {
    const reason = printableReason(z.prettifyError(parsed.error));
    return reply('malformed', 422, { accepted: false, reason });
  }
  const bust = parsed.data;
  const secret = secretOf(shop.secrets, bust.tenant);
  const signed = verifyMessage({
    ...request,
    secrets: secret ? [secret] : [],
    nowSeconds: Date.now() / 1000,
  });
  if (!signed.ok) return reply('unsigned', 401, { accepted: false, reason: signed.reason });

  const delayMs = delayOf(shop.control(), bust.itemId);
  if (delayMs > 0) await wait(delayMs, undefined, { signal: shop.stopping }).catch(() => undefined);

  const now = misbehave(shop.control(), bust.itemId, shop.random);
  if (now.kind === 'fail') {
    const headers: Record<string, string> =
      now.retryAfterSeconds === null ? {} : { 'retry-after': String(now.retryAfterSeconds) };
    return reply('failed', now.status, { accepted: false, reason: 'told to fail' }, headers);
  }
  if (now.kind === 'reject') return reply('rejected', 200, { accepted: false, reason: now.reason });
  const outcome = shop.shelf.bust(bust.itemId, bust.version, now.kind === 'ignore');
  return outcome === 'superseded'
    ? reply('superseded', 200, { accepted: true, reason: 'superseded' })
    : reply('accepted', 200, { accepted: true });
}

export function secretOf(secrets: StorefrontSecrets, tenant: string): Buffer | undefined {
  return Object.hasOwn(secrets, tenant) ? secrets[tenant] : secrets['*'];
}

function headerText(value: string | string[] | undefined): LoggedRequest['webhookId'] {
  return value === undefined ? null : String(value).slice(0, 200);
}
