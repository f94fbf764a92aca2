/** The keys of a feed's document, as docs/feeds.md has them: the database keeps no order. */
const ORDER = [
  ...['feed', 'supplier', 'source', 'upload', 'sftp', 'http', 's3', 'folder'],
  ...['host', 'port', 'url', 'headers', 'bucket', 'prefix', 'region', 'endpoint', 'path'],
  ...['user', 'hostKey', 'key', 'keyFile', 'passphrase', 'password', 'secret', 'every', 'cron'],
  ...['format', 'encoding', 'delimiter', 'quote', 'header', 'sheet', 'rows', 'entry'],
  ...['columns', 'sku', 'quantity', 'updatedAt', 'location', 'id', 'times', 'zone', 'locale', 'of', 'field'],
  ...[
    'quantities',
    'decimal',
    'thousands',
    'words',
    'kind',
    'guards',
    'lost',
    'toZero',
    'refused',
    'unheard',
  ],
  ...['fewest', 'expected'],
];

/** The same document with its keys as people write them; those that it has of its own come last. */
export function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, part]) => [key, inOrder(part)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => rank(a) - rank(b)));
}

function rank(key: string): number {
  const index = ORDER.indexOf(key);
  return index === -1 ? ORDER.length : index;
}
