/** As WHATWG URLs have them: by either slash, and a dot written out or not. */
const DOT_SEGMENT = /(?:^|[/\\])(?:\.|%2e){1,2}(?:$|[/\\])/i;

/**
 * Whether an address with this path would be another one's: `/products/..` is `/`. Percent-encoding leaves dots as they are,
 * and if it did not, `%2e` would be read as one.
 *
 * @param path may have a query, where dots are nothing special
 */
export function hasDotSegment(path: string): boolean {
  const [way = ''] = path.split('?', 1);
  return DOT_SEGMENT.test(way);
}
