import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { projectRoot } from '../../config/project-root.ts';
import { isSafe } from '../changes-nothing.ts';
import { sendProblem } from '../send-problem.ts';

/** A file's address has a hash of all files in it, so what it holds never changes. */
const FOR_EVER = 'public, max-age=31536000, immutable';

/** No step upwards, nothing hidden, nothing that a file system reads in a way of its own. */
const ASSET = /^[\w-]+(?:\/[\w-][\w.-]*)+$/;

const INLINE_SCRIPT = /<script type="importmap">([^<]*)<\/script>/;

/** What is no page, whatever a browser accepts: a missing answer of the API is never the console. */
const NO_PAGE = /^\/(?:v1|assets|session|healthz|readyz|openapi\.json)(?:\/|\?|$)/;

/**
 * The support console, as `ops/prepare` has built it: its files are public, for they say nothing of anybody's data.
 *
 * @param folder where index.html and assets are
 */
export function serveConsole(app: FastifyInstance, folder = path.join(projectRoot(), 'dist/console')): void {
  app.register(async (routes) => {
    await routes.register(fastifyStatic, {
      root: path.join(folder, 'assets'),
      serve: false,
      preCompressed: true,
      cacheControl: false,
      dotfiles: 'ignore',
      index: false,
      setHeaders: (response) => {
        response.setHeader('cache-control', FOR_EVER);
        response.setHeader('vary', 'accept-encoding');
      },
    });
    routes.get('/assets/*', { config: { public: true }, schema: { hide: true } }, (request, reply) => {
      const { '*': file } = request.params as { '*': string };
      return ASSET.test(file) ? reply.sendFile(file) : sendProblem(reply, 'not_found');
    });
    routes.get('/', { config: { public: true }, schema: { hide: true } }, (_request, reply) =>
      sendPage(reply, folder),
    );
  });
  app.setNotFoundHandler((request, reply) =>
    isPageRequest(request) ? sendPage(reply, folder) : sendProblem(reply, 'not_found'),
  );
}

/** Whether a browser asks for a page by its address: the console then finds out what to show. */
export function isPageRequest({ method, url, headers }: FastifyRequest): boolean {
  return (
    isSafe(method) && !NO_PAGE.test(url) && /(?:^|,)\s*text\/html\s*(?:[;,]|$)/i.test(headers.accept ?? '')
  );
}

async function sendPage(reply: FastifyReply, folder: string): Promise<FastifyReply> {
  let page: string;
  try {
    // Read anew each time: a build may have replaced it, and the hash below has to be that of the text sent.
    page = await readFile(path.join(folder, 'index.html'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return sendProblem(reply, 'not_found', {
      detail: 'The console is not built: run `node ops/prepare.mjs`.',
    });
  }
  return reply
    .header('content-security-policy', pagePolicy(page))
    .header('cache-control', 'no-cache')
    .type('text/html; charset=utf-8')
    .send(page);
}

/** Nothing but our own files, and the one inline text that has to be inline. */
function pagePolicy(page: string): string {
  const inline = INLINE_SCRIPT.exec(page)?.[1] ?? '';
  const hash = createHash('sha256').update(inline).digest('base64');
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
