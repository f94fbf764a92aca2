import type { FastifyRequest } from 'fastify';

/**
 * Whether a request comes from a page of ours. Browsers say so in Sec-Fetch-Site, which no page can forge; over plain
 * HTTP to another machine they leave it out, and Origin has to name the host that was asked.
 *
 * @param request.headers of a request that is no browser's have neither: it counts as another origin
 */
export function isSameOrigin({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const origin = originOf(headers);
  return origin !== undefined && origin.host === headers.host;
}

/** Whether a browser says that the page that asks came over TLS, also when a proxy before us ends it. */
export function isOverTls({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return originOf(headers)?.protocol === 'https:';
}

/** Whether a request that names an origin names another one. */
export function isCrossSite(request: Pick<FastifyRequest, 'headers'>): boolean {
  const { headers } = request;
  return (headers['sec-fetch-site'] !== undefined || headers.origin !== undefined) && !isSameOrigin(request);
}

function originOf(headers: FastifyRequest['headers']): URL | undefined {
  const { origin } = headers;
  return origin !== undefined && URL.canParse(origin) ? new URL(origin) : undefined;
}
