import type { FastifyReply, FastifyRequest } from 'fastify';

/** Says in a Link header (RFC 8288) where the next page is: at the same address, with these parameters changed. */
export function linkNextPage(
  request: Pick<FastifyRequest, 'url'>,
  reply: FastifyReply,
  parameters: Record<string, string>,
): void {
  const next = new URL(request.url, 'http://localhost');
  for (const [name, value] of Object.entries(parameters)) next.searchParams.set(name, value);
  void reply.header('link', `<${next.pathname}${next.search}>; rel="next"`);
}
