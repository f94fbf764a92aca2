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

/**
 * Where what stands at a secret's place is sent to, as people read it. Whoever may set a feed may not read its secrets: so
 * none may go to another place than it was given for.
 */
export function destinationOf(document: unknown): string | undefined {
  const { sftp, http, s3 } = (valueAt(document, ['source']) ?? {}) as Record<
    string,
    Record<string, string | number | undefined> | undefined
  >;
  if (sftp) {
    const key = String(sftp.hostKey).replace(/=+$/, '');
    return `${String(sftp.host).toLowerCase()}, port ${String(sftp.port ?? 22)}, host key ${key}`;
  }
  if (http) return originOf(http.url);
  if (s3)
    return s3.endpoint === undefined
      ? `Amazon S3 in ${String(s3.region ?? 'its usual region')}`
      : originOf(s3.endpoint);
  return undefined;
}

function originOf(url: unknown): string | undefined {
  return typeof url === 'string' && URL.canParse(url) ? new URL(url).origin : undefined;
}

function resolve(value: unknown, place: DocumentPath, before: DocumentPath): DocumentPath[] {
  const [step, ...rest] = place;
  if (step === undefined) return [before];
  if (typeof value !== 'object' || value === null) return [];
  const keys = step === '*' ? Object.keys(value) : [step].filter((key) => Object.hasOwn(value, key));
  return keys.flatMap((key) => resolve((value as Record<string, unknown>)[key], rest, [...before, key]));
}

/** Undefined where there is no such place. */
export function valueAt(document: unknown, path: DocumentPath): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined,
    document,
  );
}
