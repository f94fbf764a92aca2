const PLACES = /\{[^{}]*\}/g;

/** A character that no timestamp has at its end: where it ends and the body begins has to be beyond doubt. */
const BORDER = /[^0-9A-Za-z+-]/;

/** What is wrong with a template of what is signed, such as `{timestamp}.{body}`. */
export function faultOfTemplate(template: string, hasTimestamp: boolean): string | undefined {
  if (!/^[\x20-\x7e]*$/.test(template)) return 'must be printable ASCII';
  const places: string[] = template.match(PLACES) ?? [];
  const known = new Set(['{body}', '{timestamp}']);
  if (places.some((place) => !known.has(place)) || new Set(places).size < places.length) {
    return 'may hold {body} and {timestamp}, each once';
  }
  if (!places.includes('{body}')) return 'must hold {body}: nothing else says what was sent';
  const isSigned = places.includes('{timestamp}');
  if (isSigned && !hasTimestamp) return 'holds {timestamp}, but timestamp names no header';
  if (!isSigned && hasTimestamp) return 'must hold {timestamp}: one that is not signed protects from nothing';
  const between = /\{\w+\}(.*)\{\w+\}/.exec(template)?.[1];
  if (between !== undefined && !BORDER.test(between)) return 'must have a sign such as "." between the two';
  return undefined;
}

/** The text of a template in the order in which it is signed; the body as the bytes that were sent. */
export function signedParts(template: string, timestamp: string, body: Buffer): (string | Buffer)[] {
  const [before = '', after = ''] = template.replace('{timestamp}', () => timestamp).split('{body}');
  return [before, body, after];
}
