import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { formatTime, microsOf } from '../domain/time.ts';
import { parseJson } from '../storefront/parse-json.ts';
import { printableReason } from '../storefront/reason.ts';
import { verifyMessage, type MessageHeaders } from '../standard-webhooks/verify-message.ts';
import { delayOf, failureOf, misbehave, type Control } from './control.ts';
import { splitItemId } from './item-id.ts';
import type { BustAnswer, LoggedRequest, RequestLog } from './request-log.ts';
import type { Shelf } from './shelf.ts';

/** Signing secrets by tenant; the one of `*` is for every tenant that has none of its own. */
export type StorefrontSecrets = Readonly<Record<string, Buffer>>;

export interface BustReply {
  status: number;
  headers: Record<string, string>;
  body: Verdict | { results: (Verdict & { itemId: string })[] };
}

interface Verdict {
  accepted: boolean;
  reason?: string;
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

/** Several of one tenant: it is one secret that signs. */
const batch = z
  .object({ items: z.array(cacheBust).min(1).max(500) })
  .refine(({ items }) => new Set(items.map(({ tenant }) => tenant)).size === 1, {
    message: 'items are of one tenant',
  });

interface Shop {
  secrets: StorefrontSecrets;
  control: () => Control;
  shelf: Shelf;
  requests: RequestLog;
  random: () => number;
  /** Fires when the storefront stops: nothing waits any longer. */
  stopping: AbortSignal;
}

/** Judges a cache bust, or several in one call, as a real storefront would, and then as `control` says. */
export async function takeCacheBust(
  request: { headers: MessageHeaders; body: Buffer },
  shop: Shop,
): Promise<BustReply> {
  const { isBatch, parsed } = parse(request.body);
  const busts = parsed.data ?? [];
  const logged = (parsed.data ?? [undefined]).map((bust) =>
    shop.requests.add({
      receivedAt: formatTime(microsOf(new Date())),
      webhookId: headerText(request.headers['webhook-id']),
      itemId: bust?.itemId ?? null,
      version: bust?.version ?? null,
      quantity: bust?.quantity ?? null,
    }),
  );
  const refuse = (
    answer: BustAnswer,
    status: number,
    reason: string,
    headers: Record<string, string> = {},
  ): BustReply => {
    for (const one of logged) shop.requests.answer(one, answer, status);
    return { status, headers, body: { accepted: false, reason } };
  };

  const [first] = busts;
  if (!parsed.success || !first) {
    return refuse(
      'malformed',
      422,
      parsed.error ? printableReason(z.prettifyError(parsed.error)) : 'no items',
    );
  }
  const secret = secretOf(shop.secrets, first.tenant);
  const signed = verifyMessage({
    ...request,
    secrets: secret ? [secret] : [],
    nowSeconds: Date.now() / 1000,
  });
  if (!signed.ok) return refuse('unsigned', 401, signed.reason);

  const delayMs = Math.max(...busts.map(({ itemId }) => delayOf(shop.control(), itemId)));
  if (delayMs > 0) await wait(delayMs, undefined, { signal: shop.stopping }).catch(() => undefined);

  const control = shop.control();
  const itemIds = busts.map(({ itemId }) => itemId);
  const failure = failureOf(control, itemIds, shop.random);
  if (failure) {
    const { status, retryAfterSeconds } = failure;
    const headers: Record<string, string> =
      retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
    return refuse('failed', status, 'told to fail', headers);
  }
  const verdicts = busts.map(({ itemId, version }, no) => {
    const how = misbehave(control, itemId, shop.random);
    const outcome =
      how.kind === 'reject' ? 'rejected' : shop.shelf.bust(itemId, version, how.kind === 'ignore');
    const answer = outcome === 'superseded' || outcome === 'rejected' ? outcome : 'accepted';
    const of = logged[no];
    if (of) shop.requests.answer(of, answer, 200);
    if (how.kind === 'reject') return { accepted: false, reason: how.reason };
    return { accepted: true, ...(answer === 'superseded' && { reason: 'superseded' }) };
  });
  const [verdict = { accepted: false }] = verdicts;
  return {
    ...{ status: 200, headers: {} },
    body: isBatch
      ? { results: busts.map(({ itemId }, no) => ({ itemId, ...(verdicts[no] ?? verdict) })) }
      : verdict,
  };
}

function parse(body: Buffer): {
  isBatch: boolean;
  parsed: z.ZodSafeParseResult<z.infer<typeof cacheBust>[]>;
} {
  const json = parseJson(body.toString());
  const isBatch = typeof json === 'object' && json !== null && 'items' in json;
  return {
    isBatch,
    parsed: isBatch
      ? batch.transform(({ items }) => items).safeParse(json)
      : cacheBust.transform((bust) => [bust]).safeParse(json),
  };
}

export function secretOf(secrets: StorefrontSecrets, tenant: string): Buffer | undefined {
  return Object.hasOwn(secrets, tenant) ? secrets[tenant] : secrets['*'];
}

function headerText(value: string | string[] | undefined): LoggedRequest['webhookId'] {
  return value === undefined ? null : String(value).slice(0, 200);
}
