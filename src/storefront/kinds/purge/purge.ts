import type { Answer } from '../../answer.ts';
import { getAnswer, statusInWords, StorefrontSilent } from '../../get-answer.ts';
import { networkReason, printableReason } from '../../reason.ts';
import { LONGEST_RETRY_AFTER_MS } from '../../retry-after.ts';
import type { ItemVersion, Kind, OpenStorefront } from '../kind.ts';
import { hasDotSegment } from './dot-segment.ts';
import { judgeAnswer } from './judge-answer.ts';
import { purgeSchema, type PurgeConfig } from './purge-schema.ts';
import { readFigure } from './read-page.ts';
import { addressOf, sendPurge } from './send-purge.ts';
import { fill, inPath } from './template.ts';

/** A page is HTML with all that belongs to it. */
const PAGE_BYTES = 4 * 1024 * 1024;

/** What an attempt says that threw nothing away. */
export const NOTHING_HIT = 'nothing was cached';

/**
 * A cache before a shop: it is told to throw a page away, by requests as it wants them (PURGE, BAN, surrogate keys), and
 * what it shows then is read from the page itself. It is told nothing of the quantity, so that no order matters: thrown
 * away twice is thrown away.
 */
export const purge: Kind = {
  config: purgeSchema,
  secret: 'optional',
  mostItems: 1,
  publish: (storefront, { messages, ...call }) =>
    Promise.all(messages.map(({ item }) => publish(storefront, { ...call, item }))),
  async readBack(storefront, { item, timeoutMs }) {
    const { page } = storefront.config as PurgeConfig;
    const path = fill(page.path, item, inPath);
    if (hasDotSegment(path)) return undefined;
    const url = addressOf(page.url ?? storefront.url, path);
    const { status, text, retryAfterMs } = await getAnswer('read page', url, {
      ...{ timeoutMs, limit: PAGE_BYTES, accept: 'text/html, application/json' },
    });
    if (status === 404 || status === 410) return undefined;
    if (status !== 200) {
      throw new StorefrontSilent(`read page: the page answered ${statusInWords(status)}`, {
        httpStatus: status,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      });
    }
    const quantity = readFigure(text ?? '', page.quantity);
    if (quantity === undefined) {
      throw new StorefrontSilent(`read page: ${inWords(page.quantity)} says no whole number`, {
        httpStatus: status,
      });
    }
    const version = page.version && readFigure(text ?? '', page.version);
    return { quantity, version: version ?? null };
  },
};

async function publish(
  storefront: OpenStorefront,
  { item, timeoutMs, signal }: { item: ItemVersion; timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<Answer> {
  const { requests } = storefront.config as PurgeConfig;
  const elsewhere = requests.map(({ path }) => fill(path, item, inPath)).find(hasDotSegment);
  if (elsewhere !== undefined) return { kind: 'rejected', reason: noPageOf(elsewhere) };
  const begun = performance.now();
  let hits = 0;
  let httpStatus = 200;
  for (const [no, request] of requests.entries()) {
    const which = requests.length === 1 ? '' : ` to request ${no + 1}`;
    const left = Math.max(1, Math.floor(timeoutMs - (performance.now() - begun)));
    let answer: Awaited<ReturnType<typeof sendPurge>>;
    try {
      answer = await sendPurge(storefront, request, { item, timeoutMs: left, signal });
    } catch (error) {
      return { kind: 'unreachable', reason: networkReason(error, timeoutMs) };
    }
    httpStatus = answer.status;
    const reason = printableReason(`HTTP ${answer.status}${which}: ${answer.statusText}`.replace(/: $/, ''));
    switch (judgeAnswer(request, answer)) {
      case 'hit':
        hits += 1;
        continue;
      case 'nothing':
        continue;
      case 'no':
        return { kind: 'rejected', reason, httpStatus };
      case 'later':
        return {
          ...{ kind: 'unreachable', reason, httpStatus },
          ...(answer.retryAfterMs !== undefined && {
            retryAfterMs: Math.min(answer.retryAfterMs, LONGEST_RETRY_AFTER_MS),
          }),
        };
    }
  }
  const latencyMs = Math.round(performance.now() - begun);
  return { kind: 'accepted', httpStatus, latencyMs, ...(hits === 0 && { reason: NOTHING_HIT }) };
}

function noPageOf(path: string): string {
  return printableReason(
    `the path ${path} is that of another page: name items of this SKU by a query, a header or the body`,
  );
}

function inWords(figure: PurgeConfig['page']['quantity']): string {
  const [[how, where] = ['', '']] = Object.entries(figure);
  return `${how} ${JSON.stringify(where)}`;
}
