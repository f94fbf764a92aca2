/**
 * The address of `segments` below a base address, which may have a path prefix, a trailing slash and a query.
 *
 * @returns undefined for a base that is not http(s), or that carries a user or a password: `fetch` refuses those
 * with an error that quotes them
 */
export function addressBelow(base: string, ...segments: string[]): URL | undefined {
  const url = URL.canParse(base) ? new URL(base) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined;
  const path = segments.map((segment) => encodeURIComponent(segment)).join('/');
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
  url.hash = '';
  return url;
}
