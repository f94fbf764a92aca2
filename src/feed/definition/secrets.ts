/** A place in a document: the keys that lead to it. */
export type DocumentPath = readonly string[];

/** Where a document may hold secrets; an asterisk stands for every key. */
export const SECRET_PLACES: readonly DocumentPath[] = [
  ['source', 'sftp', 'key'],
  ['source', 'sftp', 'passphrase'],
  ['source', 'sftp', 'password'],
  ['source', 'http', 'headers', '*'],
  ['source', 's3', 'secret'],
];

/** Signed addresses carry their right to be read behind the question mark. */
const URL_PLACE: DocumentPath = ['source', 'http', 'url'];

/** The places of this document that hold secrets: never to be logged, shown, or kept unencrypted. */
export function secretPaths(document: unknown): DocumentPath[] {
  const fixed = SECRET_PLACES.flatMap((place) => resolve(document, place, []));
  const [url] = resolve(document, URL_PLACE, []);
  const signed = url !== undefined && String(valueAt(document, url)).includes('?');
  return signed ? [...fixed, url] : fixed;
}

function resolve(value: unknown, place: DocumentPath, before: DocumentPath): DocumentPath[] {
  const [step, ...rest] = place;
  if (step === undefined) return [before];
  if (typeof value !== 'object' || value === null) return [];
  const keys = step === '*' ? Object.keys(value) : [step].filter((key) => Object.hasOwn(value, key));
  return keys.flatMap((key) => resolve((value as Record<string, unknown>)[key], rest, [...before, key]));
}

function valueAt(document: unknown, path: DocumentPath): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], document);
}
