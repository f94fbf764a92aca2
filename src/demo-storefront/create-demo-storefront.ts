import { setMaxListeners } from 'node:events';
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { holdConnections, PATIENCE } from '../process/hold-connections.ts';
import { instanceHeader } from '../process/instance.ts';
import { parseJson } from '../storefront/parse-json.ts';
import { printableReason } from '../storefront/reason.ts';
import type { ReadItem } from './catalog-client.ts';
import { controlSchema, wellBehaved, type Control } from './control.ts';
import { splitItemId } from './item-id.ts';
import { itemList, type ListQuery } from './item-list.ts';
import { PAGE_HEADERS } from './layout.ts';
import { PRODUCTS_A_PAGE, productList } from './product-list.ts';
import { notFoundPage, productPage, unavailablePage, type ShownItem } from './product-page.ts';
import { createRequestLog, type RequestLog } from './request-log.ts';
import { createShelf } from './shelf.ts';
import { secretOf, takeCacheBust, type StorefrontSecrets } from './take-cache-bust.ts';

export type DemoStorefront = FastifyInstance & {
  /** Set it, or one of its fields, at any time: the next cache bust goes by it. */
  control: Control;
  readonly requests: RequestLog;
};

export interface DemoStorefrontOptions {
  secrets: StorefrontSecrets;
  readItem: ReadItem;
  /** Whether a tenant without a secret of its own here is one of ours; every one is unless given. */
  isOfDefault?: (tenant: string) => Promise<boolean>;
  log?: FastifyBaseLogger;
  /** Draws who fails and who is rejected; numbers of [0, 1). */
  random?: () => number;
}

/** Several hundred items, with room to spare. */
const BODY_BYTES = 1024 * 1024;
/** A worker has a connection for each publish that waits for an answer. */
const CONNECTIONS = { connections: 1_000, perAddress: 1_000 };
const REQUESTS_AN_ANSWER = 10_000;
/** Percent-encoding makes three characters of each of a SKU's 256 bytes; the router's own limit is 100. */
const ITEM_ID_CHARACTERS = 1024;

const wholeNumber = (otherwise: number) => z.coerce.number().int().min(otherwise).catch(otherwise);

/**
 * A storefront to try things on: it caches product pages until a cache bust drops them, so that a stale page is
 * really seen, and it can be told to misbehave. State is in memory.
 */
export function createDemoStorefront(options: DemoStorefrontOptions): DemoStorefront {
  const app: FastifyInstance = Fastify({
    http: PATIENCE,
    requestTimeout: PATIENCE.requestTimeout,
    ...(options.log ? { loggerInstance: options.log } : {}),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES,
    routerOptions: { maxParamLength: ITEM_ID_CHARACTERS },
  });
  holdConnections(app.server, CONNECTIONS);
  const shelf = createShelf();
  const requests = createRequestLog();
  const storefront: DemoStorefront = Object.assign(app, { control: wellBehaved(), requests });
  const stopping = new AbortController();
  // A slow storefront has many requests waiting, each with a listener of its own.
  setMaxListeners(0, stopping.signal);
  app.addHook('preClose', async () => stopping.abort());

  // The signature is over the bytes that came: they must reach the handlers undecoded.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  app.setErrorHandler((error, request, reply) => {
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    if (status >= 500) request.log.error({ err: error }, 'request failed');
    const reason = status >= 500 ? 'internal error' : printableReason((error as Error).message);
    return reply
      .status(status)
      .send({ ...(request.url === '/cache-busts' ? { accepted: false } : {}), reason });
  });

  async function show(itemId: string): Promise<ShownItem | 'unknown' | 'unavailable'> {
    const parts = splitItemId(itemId);
    if (!parts || !secretOf(options.secrets, parts.tenant)) return 'unknown';
    const page = shelf.pageOf(itemId);
    try {
      if (!(await isOurs(parts.tenant))) return 'unknown';
    } catch (error) {
      if (!page) return unavailable(error, itemId);
    }
    if (page) return { itemId, ...page };
    try {
      const item = await options.readItem({ itemId, ...parts });
      if (!item) return 'unknown';
      return { itemId, ...item, cachedAt: shelf.keep(itemId, item, new Date())?.cachedAt };
    } catch (error) {
      return unavailable(error, itemId);
    }
  }

  /** The secret of `*` is for every tenant that is told by the default storefront; what another's shop shows is its own. */
  async function isOurs(tenant: string): Promise<boolean> {
    return Object.hasOwn(options.secrets, tenant) || (await (options.isOfDefault?.(tenant) ?? true));
  }

  function unavailable(error: unknown, itemId: string): 'unavailable' {
    app.log.warn({ err: error, itemId }, 'the catalog cannot be read');
    return 'unavailable';
  }

  app.post('/cache-busts', async (request, reply) => {
    const answer = await takeCacheBust(
      { headers: request.headers, body: bodyOf(request.body) },
      {
        secrets: options.secrets,
        control: () => storefront.control,
        shelf,
        requests,
        random: options.random ?? Math.random,
        stopping: stopping.signal,
      },
    );
    request.log.info({ answer }, 'cache bust');
    return reply.status(answer.status).headers(answer.headers).send(answer.body);
  });

  app.get<{ Querystring: ListQuery }>('/items', (request, reply) => {
    void reply.header('cache-control', 'no-store');
    return itemList(shelf, request.query, show);
  });

  app.get<{ Params: { itemId: string } }>('/items/:itemId', async (request, reply) => {
    const item = await show(request.params.itemId);
    void reply.header('cache-control', 'no-store');
    if (item === 'unknown') return reply.status(404).send({ reason: 'no such item' });
    if (item === 'unavailable') return reply.status(502).send({ reason: 'the catalog cannot be read' });
    return { quantity: item.quantity, version: item.version };
  });

  app.get<{ Params: { itemId: string } }>('/products/:itemId', async (request, reply) => {
    const item = await show(request.params.itemId);
    void reply.headers(PAGE_HEADERS);
    if (item === 'unknown') return reply.status(404).send(notFoundPage(request.params.itemId));
    if (item === 'unavailable') return reply.status(502).send(unavailablePage());
    return productPage(item);
  });

  app.get<{ Querystring: { page?: string } }>('/', async (request, reply) => {
    const last = Math.max(1, Math.ceil(shelf.size() / PRODUCTS_A_PAGE));
    const page = Math.min(wholeNumber(1).parse(request.query.page), last);
    const listed = shelf.known().slice((page - 1) * PRODUCTS_A_PAGE, page * PRODUCTS_A_PAGE);
    void reply.headers({ ...PAGE_HEADERS, ...instanceHeader() });
    return productList(
      listed.map(([itemId, { highestVersion, page: kept }]) => ({
        itemId,
        quantity: kept?.quantity,
        version: kept?.version ?? highestVersion,
      })),
      page,
      shelf.size(),
    );
  });

  app.get('/control', () => storefront.control);
  app.put('/control', async (request, reply) => {
    const control = controlSchema.safeParse(parseJson(bodyOf(request.body).toString()));
    if (!control.success) {
      return reply.status(422).send({ reason: printableReason(z.prettifyError(control.error)) });
    }
    storefront.control = control.data;
    return storefront.control;
  });

  app.get<{ Querystring: { after?: string } }>('/requests', (request) => {
    const found = requests.after(wholeNumber(0).parse(request.query.after), REQUESTS_AN_ANSWER + 1);
    return {
      counts: requests.counts(),
      more: found.length > REQUESTS_AN_ANSWER,
      requests: found.slice(0, REQUESTS_AN_ANSWER),
    };
  });

  return storefront;
}

function bodyOf(body: unknown): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}
