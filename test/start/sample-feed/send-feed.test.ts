import { describe, expect, it } from 'vitest';
import { microsOf } from '../../../src/domain/time.ts';
import { sampleFeed, type SupplierEvent } from '../../../src/start/sample-feed/sample-feed.ts';
import { sendFeed } from '../../../src/start/sample-feed/send-feed.ts';
import { verifyMessage } from '../../../src/standard-webhooks/verify-message.ts';
import { bodyOf, serve } from '../../storefront/http-stub.ts';

const secrets = { acme: Buffer.alloc(32, 1), globex: Buffer.alloc(32, 2) };
const feed = sampleFeed({ now: microsOf(new Date()), seed: 7 });

/** An intake that knows duplicates. */
async function intake(
  before: (call: number) => [status: number, headers: Record<string, string>] | undefined,
) {
  const seen = new Map<string, SupplierEvent>();
  const sizes: number[] = [];
  const unsigned: string[] = [];
  let [calls, open, most] = [0, 0, 0];
  const apiUrl = await serve(async (request, response) => {
    open += 1;
    most = Math.max(most, open);
    const body = await bodyOf(request);
    const supplier = /^\/v1\/tenants\/canary\/suppliers\/(acme|globex)\/events$/.exec(request.url ?? '')?.[1];
    const secret = secrets[supplier as keyof typeof secrets];
    const headers = request.headers;
    if (!verifyMessage({ headers, body, secrets: [secret], nowSeconds: Date.now() / 1000 }).ok) {
      unsigned.push(String(request.url));
    }
    const refusal = before((calls += 1));
    open -= 1;
    if (refusal) return void response.writeHead(...refusal).end();
    const sent = JSON.parse(String(body)) as SupplierEvent | SupplierEvent[];
    sizes.push(Array.isArray(sent) ? sent.length : 0);
    const results = [sent].flat().map((event) => {
      const status = seen.has(`${supplier} ${event.id}`) ? 'duplicate' : 'accepted';
      seen.set(`${supplier} ${event.id}`, event);
      return { eventId: event.id, status };
    });
    return void response.writeHead(202).end(JSON.stringify({ results }));
  });
  return { apiUrl, seen, sizes, unsigned, most: () => most };
}

describe('sending a feed', () => {
  it('brings every event in, signed, in small arrays and single ones, four at a time', async () => {
    const api = await intake(() => undefined);
    const progress: number[] = [];
    const counts = await sendFeed({
      apiUrl: `${api.apiUrl}/`,
      tenant: 'canary',
      secrets,
      feed,
      onProgress: (done) => progress.push(done),
    });
    expect(counts).toEqual({ accepted: feed.length - 30, duplicate: 30 });
    expect([...api.seen.values()].length).toBe(feed.length - 30);
    expect(api.unsigned).toEqual([]);
    expect(Math.max(...api.sizes)).toBe(10);
    expect(api.sizes.filter((size) => size === 0).length).toBeGreaterThan(3);
    expect(api.most()).toBeLessThanOrEqual(4);
    expect(progress.at(-1)).toBe(feed.length);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });

  it('comes again when the API says later', async () => {
    const api = await intake((call) =>
      call <= 3 ? [call === 1 ? 429 : 503, { 'retry-after': '0' }] : undefined,
    );
    const counts = await sendFeed({ apiUrl: api.apiUrl, tenant: 'canary', secrets, feed: feed.slice(0, 40) });
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(40);
    expect(api.seen.size).toBe(counts.accepted);
  });

  it('counts what was refused, and does not come again', async () => {
    const api = await intake((call) => (call === 1 ? [422, {}] : call === 2 ? [409, {}] : undefined));
    const one = feed.slice(0, 1);
    const send = () => sendFeed({ apiUrl: api.apiUrl, tenant: 'canary', secrets, feed: one });
    expect([await send(), await send(), await send()]).toEqual([
      { 'http 422': 1 },
      { conflict: 1 },
      { accepted: 1 },
    ]);
  });

  it('stops when it is told to, and needs every secret', async () => {
    const api = await intake(() => [503, { 'retry-after': '3600' }]);
    const stop = AbortSignal.abort(new Error('stopped'));
    const options = { apiUrl: api.apiUrl, tenant: 'canary', secrets, feed };
    await expect(sendFeed({ ...options, signal: stop })).rejects.toThrow('stopped');
    await expect(sendFeed({ ...options, secrets: {} })).rejects.toThrow('no secret for the supplier');
  });
});
