import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A shop's cache-bust endpoint that takes its time, and knows when it accepted which SKU first. */
export interface Storefront {
  url: string;
  /** SKU → when its first bust was accepted, ms of `performance.now()`. */
  accepted: Map<string, number>;
  /** Requests that came, those that were answered with an error too. */
  requests(): number;
  /** For one tenant: never answer, or answer each SKU's first request with 503. */
  misbehave(tenant: string, how: 'hang' | 'fail first' | undefined): void;
  close(): Promise<void>;
}

export async function startStorefront(answerMs: number): Promise<Storefront> {
  const accepted = new Map<string, number>();
  const bad = new Map<string, 'hang' | 'fail first'>();
  const failed = new Set<string>();
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    void read(request).then((body) => {
      const { tenant, sku } = JSON.parse(body) as { tenant: string; sku: string };
      const how = bad.get(tenant);
      if (how === 'hang') return;
      setTimeout(() => {
        const fails = how === 'fail first' && !failed.has(sku);
        if (fails) failed.add(sku);
        response.writeHead(fails ? 503 : 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ accepted: !fails }));
        if (!fails && !accepted.has(sku)) accepted.set(sku, performance.now());
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
    requests: () => requests,
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
