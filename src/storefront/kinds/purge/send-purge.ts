import { outgoing } from '../../../outgoing/outgoing.ts';
import { timeoutOr } from '../../../process/timeout-or.ts';
import { addressBelow } from '../../address.ts';
import { inHeader } from '../../in-header.ts';
import { readLimited } from '../../read-limited.ts';
import { readRetryAfter } from '../../retry-after.ts';
import type { ItemVersion, OpenStorefront } from '../kind.ts';
import type { PurgeAnswer } from './judge-answer.ts';
import type { PurgeRequest } from './purge-schema.ts';
import { fill, inJson, inPath } from './template.ts';

/** Sends one request of a purge, with its places filled. @throws what the network does, and OutgoingRefused */
export async function sendPurge(
  { url: base, secret }: Pick<OpenStorefront, 'url' | 'secret'>,
  { method, path, headers, body }: Pick<PurgeRequest, 'method' | 'path' | 'headers' | 'body'>,
  { item, timeoutMs, signal }: { item: ItemVersion; timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<PurgeAnswer & { statusText: string; retryAfterMs: number | undefined }> {
  const url = addressOf(base, fill(path, item, inPath));
  const kept = secret?.toString() ?? '';
  const response = await outgoing().call(url, {
    method,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, fill(value, item, inHeader, kept)]),
    ),
    ...(body !== undefined && { body: Buffer.from(fill(body, item, inJson)) }),
    signal: timeoutOr(timeoutMs, signal),
  });
  return {
    status: response.status,
    statusText: response.statusText,
    header: (name) => response.header(name),
    body: (await readLimited(response.body)) ?? '',
    retryAfterMs: readRetryAfter(response.header('retry-after'), Date.now()),
  };
}

/** A path, which may have a query, below a base address. @throws RangeError for an address that is none */
export function addressOf(base: string, path: string): URL {
  const root = addressBelow(base);
  if (!root)
    throw new RangeError('the storefront address is not an http(s) address without user and password');
  const [way = '', query] = path.split(/\?(.*)/s);
  root.pathname = `${root.pathname.replace(/\/+$/, '')}${way}`;
  if (query !== undefined) root.search = query;
  return root;
}
