import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { verifyMessage } from '../../src/standard-webhooks/verify-message.ts';

/** How it answers: as it should, with HTTP 503, late, or with a no. */
export type Mood = 'well' | 'failing' | 'slow' | 'refusing';

/** A cache bust as the storefront itself wrote it down. */
export interface Told {
  atMs: number;
  messageId: string;
  itemId: string;
  version: number;
  quantity: number;
  answer: 'accepted' | 'superseded' | 'refused' | 'failed';
}

export interface Page {
  version: number;
  quantity: number;
}

/** A storefront that keeps the highest version that it was told, and writes every request down. */
export interface SoakStorefront {
  port: number;
  mood: Mood;
  pages: Map<string, Page>;
  told: Told[];
  unsigned: number;
  close(): Promise<void>;
}

const SLOW_MS = 6_000;
const ANSWERS_AFTER_MS = 10;

export async function openStorefront(secret: Buffer): Promise<SoakStorefront> {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const storefront: SoakStorefront = {
    port: 0,
    mood: 'well',
    pages: new Map(),
    told: [],
    unsigned: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    await sleep(storefront.mood === 'slow' ? SLOW_MS : ANSWERS_AFTER_MS);
    response.setHeader('content-type', 'application/json');
    if (request.method === 'POST') return takeBust(request, body, response);
    const page = storefront.pages.get(decodeURIComponent((request.url ?? '').replace('/items/', '')));
    if (storefront.mood === 'failing') response.writeHead(503);
    else if (!page) response.writeHead(404);
    response.end(JSON.stringify(page ?? {}));
  }

  function takeBust(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const { headers } = request;
    const signed = verifyMessage({ headers, body, secrets: [secret], nowSeconds: Date.now() / 1000 });
    if (!signed.ok) {
      storefront.unsigned += 1;
      response.writeHead(401).end('{}');
      return;
    }
    const { itemId, version, quantity } = JSON.parse(body.toString()) as { itemId: string } & Page;
    const write = (said: Told['answer']): void => {
      const messageId = String(headers['webhook-id']);
      storefront.told.push({ atMs: Date.now(), messageId, itemId, version, quantity, answer: said });
    };
    if (storefront.mood === 'failing') {
      write('failed');
      response.writeHead(503).end('{}');
    } else if (storefront.mood === 'refusing') {
      write('refused');
      response.end('{"accepted":false,"reason":"not now"}');
    } else {
      const kept = storefront.pages.get(itemId);
      const late = kept !== undefined && version < kept.version;
      if (!kept || version > kept.version) storefront.pages.set(itemId, { version, quantity });
      write(late ? 'superseded' : 'accepted');
      response.end(JSON.stringify({ accepted: true, ...(late && { reason: 'superseded' }) }));
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  storefront.port = (server.address() as AddressInfo).port;
  return storefront;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
