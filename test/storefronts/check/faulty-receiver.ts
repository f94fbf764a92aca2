import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { verifyMessage } from '../../../src/standard-webhooks/verify-message.ts';
import { bodyOf } from '../../storefront/http-stub.ts';
import { listPage, type Shelved } from '../../support/push-storefront.ts';

/** What a receiver does wrong. */
export const FAULTS = [
  'takes any signature',
  'takes what is not signed',
  'ignores the timestamp',
  'knows the first signature only',
  'takes lower versions',
  'answers without the body of the contract',
  'pages come from a cache',
  'pages say no version',
  'rejects a webhook-id that it has seen',
  'knows no ids with odd characters',
  'is slow',
  'fails when two messages cross',
  'knows every item',
  'refuses unknown fields',
  'shows a 0 as no item',
  'lists in the order of arrival',
  'answers for the first of several only',
  'gives all of a call the answer of the last',
] as const;
export type Fault = (typeof FAULTS)[number];

type Bust = Shelved & { itemId: string };

export const SLOW = { answersAfterMs: 60, mostMs: 50 };

export interface FaultyReceiver {
  url: string;
  secret: Buffer;
  shelf: Map<string, Shelved>;
  close(): Promise<void>;
}

/** A storefront that keeps the contract, but for one fault. */
export async function faultyReceiver(fault?: Fault): Promise<FaultyReceiver> {
  const secret = Buffer.alloc(32, 7);
  const shelf = new Map<string, Shelved>();
  const cache = new Map<string, Shelved>();
  const seen = new Set<string>();
  let atOnce = 0;

  const isSigned = (headers: IncomingMessage['headers'], body: Buffer): boolean => {
    if (fault === 'takes any signature' && headers['webhook-signature'] !== undefined) return true;
    if (fault === 'takes what is not signed' && headers['webhook-signature'] === undefined) return true;
    const first = String(headers['webhook-signature']).split(' ')[0];
    return verifyMessage({
      headers: {
        ...headers,
        ...(fault === 'knows the first signature only' && { 'webhook-signature': first }),
      },
      body,
      secrets: [secret],
      nowSeconds: Date.now() / 1000,
      ...(fault === 'ignores the timestamp' && { toleranceSeconds: Infinity }),
    }).ok;
  };

  const take = (id: string, bust: Bust): object => {
    const { itemId, version, quantity, ...others } = bust;
    if (fault === 'refuses unknown fields' && 'unknown' in others) return { accepted: false };
    if (fault === 'rejects a webhook-id that it has seen' && seen.has(id)) return { accepted: false };
    seen.add(id);
    const kept = shelf.get(itemId);
    if (kept && version < kept.version && fault !== 'takes lower versions')
      return { accepted: true, reason: 'superseded' };
    shelf.set(itemId, { version, quantity });
    if (fault === 'shows a 0 as no item' && quantity === 0) shelf.delete(itemId);
    return fault === 'answers without the body of the contract' ? { ok: true } : { accepted: true };
  };

  const takeSeveral = (items: (Bust & { id: string })[]): object[] => {
    const results = items.map(({ id, ...bust }) => ({ itemId: bust.itemId, ...take(id, bust) }));
    if (fault === 'answers for the first of several only') return results.slice(0, 1);
    if (fault === 'gives all of a call the answer of the last')
      return results.map(({ itemId }) => ({ ...results.at(-1), itemId }));
    return results;
  };

  const pageOf = (itemId: string): Partial<Shelved> | undefined => {
    const id = decodeURIComponent(itemId);
    if (fault === 'knows no ids with odd characters' && !/^[\w:-]+$/.test(id)) return undefined;
    const page = shelf.get(id);
    if (fault === 'pages come from a cache' && page) {
      cache.set(itemId, cache.get(itemId) ?? page);
      return cache.get(itemId);
    }
    if (fault === 'pages say no version') return page && { quantity: page.quantity };
    return page ?? (fault === 'knows every item' ? { quantity: 0, version: 0 } : undefined);
  };

  async function answer(request: IncomingMessage): Promise<[number, object]> {
    const url = new URL(request.url ?? '', 'http://localhost');
    if (request.method === 'POST') {
      const body = await bodyOf(request);
      if (fault === 'is slow') await sleep(SLOW.answersAfterMs);
      // So that messages that are sent side by side are here side by side.
      await sleep(2);
      if (atOnce > 1 && fault === 'fails when two messages cross') return [500, { reason: 'deadlock' }];
      if (!isSigned(request.headers, body)) return [401, { accepted: false, reason: 'not signed' }];
      const message = JSON.parse(body.toString()) as Bust & { items?: (Bust & { id: string })[] };
      if (!message.items) return [200, take(String(request.headers['webhook-id']), message)];
      return [200, { results: takeSeveral(message.items) }];
    }
    if (url.pathname === '/items') {
      const page = listPage(shelf, url.searchParams) as { items: object[]; next: string | null };
      return [
        200,
        fault === 'lists in the order of arrival' ? { ...page, items: page.items.toReversed() } : page,
      ];
    }
    const page = pageOf(url.pathname.replace('/items/', ''));
    return page ? [200, page] : [404, {}];
  }

  const server = createServer((request, response: ServerResponse) => {
    void (async () => {
      atOnce += request.method === 'POST' ? 1 : 0;
      const [status, json] = await answer(request);
      atOnce -= request.method === 'POST' ? 1 : 0;
      response.writeHead(status).end(JSON.stringify(json));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secret,
    shelf,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
