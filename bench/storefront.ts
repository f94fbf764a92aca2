import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Told {
  itemId: string;
  tenant: string;
  sku: string;
  version: number;
  quantity: number;
}

/** What customers see, and since when, ms of `performance.now()`. */
export interface Page {
  version: number;
  quantity: number;
  at: number;
}

/** When it came, ms of `performance.now()`, and how many items it held. */
export interface StorefrontCall {
  tenant: string;
  at: number;
  items: number;
}

/** A shop's cache-bust endpoint that takes its time, and knows when it accepted which SKU first. */
export interface Storefront {
  url: string;
  /** SKU → when its first bust was accepted, ms of `performance.now()`. */
  accepted: Map<string, number>;
  /** By SKU; the highest version stays. */
  pages: Map<string, Page>;
  /** Requests that came, those that were answered with an error too. */
  requests(): number;
  /** Those of a tenant, in the order in which they came. */
  calls(tenant: string): StorefrontCall[];
  /** For one tenant: never answer, or answer each SKU's first request with 503. */
  misbehave(tenant: string, how: 'hang' | 'fail first' | undefined): void;
  close(): Promise<void>;
}

export async function startStorefront(answerMs: number): Promise<Storefront> {
  const accepted = new Map<string, number>();
  const pages = new Map<string, Page>();
  const bad = new Map<string, 'hang' | 'fail first'>();
  const failed = new Set<string>();
  const calls: StorefrontCall[] = [];
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const told = JSON.parse(body) as Told | { items: Told[] };
      const items = 'items' in told ? told.items : [told];
      const [{ tenant, sku } = { tenant: '', sku: '' }] = items;
      const how = bad.get(tenant);
      calls.push({ tenant, at: performance.now(), items: items.length });
      if (how === 'hang') return;
      setTimeout(() => {
        const fails = how === 'fail first' && !failed.has(sku);
        if (fails) failed.add(sku);
        response.writeHead(fails ? 503 : 200, { 'content-type': 'application/json' });
        const results = items.map(({ itemId }) => ({ itemId, accepted: !fails }));
        response.end(JSON.stringify('items' in told ? { results } : { accepted: !fails }));
        if (fails) return;
        const at = performance.now();
        for (const { sku: item, version, quantity } of items) {
          if (!accepted.has(item)) accepted.set(item, at);
          if (version > (pages.get(item)?.version ?? 0)) pages.set(item, { version, quantity, at });
        }
      }, answerMs);
    });
  });
  // Longer than any pause of a client: nobody meets a connection that is just being closed.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accepted,
    pages,
    requests: () => calls.length,
    calls: (tenant) => calls.filter((call) => call.tenant === tenant),
    misbehave: (tenant, how) => {
      if (how) bad.set(tenant, how);
      else bad.delete(tenant);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text;
}
