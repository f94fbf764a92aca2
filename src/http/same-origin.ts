import type { FastifyRequest } from 'fastify';
import { isLoopbackName } from '../config/public-url.ts';

/**
 * Whether a request comes from a page of ours. Browsers say so in Sec-Fetch-Site, which no page can forge; over plain
 * HTTP to another machine they leave it out, and Origin has to name the host that was asked.
 *
 * @param request.headers of a request that is no browser's have neither: it counts as another origin
 * @param publicUrl where the console is: an Origin that is named has to be that one, or one on this machine
 */
export function isSameOrigin(
  { headers }: Pick<FastifyRequest, 'headers'>,
  publicUrl: string | undefined,
): boolean {
  const site = headers['sec-fetch-site'];
  const origin = originOf(headers);
  if (publicUrl !== undefined && headers.origin !== undefined) {
    const isHere = origin !== undefined && isLoopbackName(origin.hostname) && origin.host === headers.host;
    if (origin?.origin !== publicUrl && !isHere) return false;
    return site === undefined || site === 'same-origin';
  }
  if (site !== undefined) return site === 'same-origin';
  return origin !== undefined && origin.host === headers.host;
}

/** Whether a browser says that the page that asks came over TLS, also when a proxy before us ends it. */
export function isOverTls({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return originOf(headers)?.protocol === 'https:';
}

/** Whether a request that names an origin names another one. */
export function isCrossSite(
  request: Pick<FastifyRequest, 'headers'>,
  publicUrl: string | undefined,
): boolean {
  const { headers } = request;
  const names = headers['sec-fetch-site'] !== undefined || headers.origin !== undefined;
  return names && !isSameOrigin(request, publicUrl);
}

function originOf(headers: FastifyRequest['headers']): URL | undefined {
  const { origin } = headers;
  return origin !== undefined && URL.canParse(origin) ? new URL(origin) : undefined;
}
