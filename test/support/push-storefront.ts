import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Database } from '../../src/database/client.ts';

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
  /** The paths of every question that came, in order. */
  asked: string[];
  /** Whether it has a list of all that it shows. */
  hasList: boolean;
  /** Answers a question in another way; false: in the usual one. */
  onQuestion: ((url: URL, response: ServerResponse) => boolean | Promise<boolean>) | undefined;
  close(): Promise<void>;
}

export async function pushStorefront(): Promise<PushStorefront> {
  const shelf = new Map<string, Shelved>();
  const told: PushStorefront['told'] = [];
  const shop: Pick<PushStorefront, 'asked' | 'hasList' | 'onQuestion'> = {
    asked: [],
    hasList: false,
    onQuestion: undefined,
  };
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
      const url = new URL(request.url ?? '', 'http://localhost');
      shop.asked.push(url.pathname);
      if (await shop.onQuestion?.(url, response)) return;
      if (shop.hasList && url.pathname === '/items') {
        response.end(JSON.stringify(listPage(shelf, url.searchParams)));
        return;
      }
      const page = shelf.get(decodeURIComponent(url.pathname.replace('/items/', '')));
      if (!page) response.writeHead(404);
      response.end(JSON.stringify(page ?? {}));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(shop, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    shelf,
    told,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

/** A page of everything on the shelf, by the bytes of the ids, as storefronts may offer it. */
export function listPage(shelf: PushStorefront['shelf'], query: URLSearchParams): object {
  const after = Buffer.from(query.get('after') ?? '');
  const limit = Number(query.get('limit'));
  const behind = [...shelf]
    .filter(([itemId]) => Buffer.compare(Buffer.from(itemId), after) > 0)
    .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const items = behind.slice(0, limit).map(([itemId, page]) => ({ itemId, ...page }));
  return { items, next: behind.length > limit ? items.at(-1)?.itemId : null };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Items whose page does not show what the catalog says. */
export async function wrongPagesOf(database: Database, shop: PushStorefront): Promise<string[]> {
  const items = await database.catalogItem.findMany();
  return items
    .filter(({ itemId, version, quantity }) => {
      const page = shop.shelf.get(itemId);
      return page?.version !== version || page.quantity !== quantity;
    })
    .map(({ itemId }) => itemId);
}

/** Versions and messages that were told with two contents. */
export function toldTwice({ told }: PushStorefront): string[] {
  const contents = new Map<string, Set<string>>();
  for (const { messageId, itemId, version, quantity } of told) {
    for (const key of [messageId, `${itemId} ${version}`]) {
      contents.set(key, (contents.get(key) ?? new Set()).add(`${itemId} ${version} ${quantity}`));
    }
  }
  return [...contents].filter(([, said]) => said.size > 1).map(([key]) => key);
}
