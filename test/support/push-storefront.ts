import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a page shows. */
export interface Shelved {
  version: number;
  quantity: number;
}

/** A storefront that keeps what it is told, the highest version of each item, and asks nobody. */
export interface PushStorefront {
  url: string;
  shelf: Map<string, Shelved>;
  /** Every cache bust that came, in order. */
  told: ({ messageId: string; itemId: string } & Shelved)[];
  close(): Promise<void>;
}

export async function pushStorefront(): Promise<PushStorefront> {
  const shelf = new Map<string, Shelved>();
  const told: PushStorefront['told'] = [];
  const server = createServer((request, response) => {
    void (async () => {
      if (request.method === 'POST') {
        const { itemId, version, quantity } = JSON.parse(await bodyOf(request)) as {
          itemId: string;
        } & Shelved;
        told.push({ messageId: String(request.headers['webhook-id']), itemId, version, quantity });
        const kept = shelf.get(itemId);
        if (!kept || version > kept.version) shelf.set(itemId, { version, quantity });
        const superseded = kept !== undefined && version < kept.version;
        response.end(JSON.stringify({ accepted: true, ...(superseded && { reason: 'superseded' }) }));
        return;
      }
      const page = shelf.get(decodeURIComponent((request.url ?? '').replace('/items/', '')));
      if (!page) response.writeHead(404);
      response.end(JSON.stringify(page ?? {}));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    shelf,
    told,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
