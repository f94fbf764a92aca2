import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import { findJsonFault } from '../../intake/json-faults.ts';

/** What stands at a place of a document and cannot be taken. A place is `columns.sku`; empty: the whole. */
export interface DocumentFault {
  path: string;
  /** Follows the path in a sentence. */
  fault: string;
}

export type PlainDocument = { ok: true; value: unknown } | { ok: false; faults: DocumentFault[] };

/** No document of a feed comes near it: keys and certificates have 10 KiB. */
const MOST_CHARACTERS = 64 * 1024;
const DEEPEST = 16;
const CORE_TAG = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/;

/**
 * Reads YAML 1.2, of which JSON is a part, to plain values.
 *
 * Keys are text as they are written: `1.50` stays that and does not become `1.5`. What would make a document say
 * something else than it shows is refused: a key twice, anchors and aliases, tags, `__proto__`.
 */
export function readDocument(text: string): PlainDocument {
  if (text.length > MOST_CHARACTERS) return whole(`is longer than ${MOST_CHARACTERS / 1024} KiB`);
  const json = asJson(text);
  if (json) return json;
  const faults: DocumentFault[] = [];
  const document = parsed(text);
  if (typeof document === 'string') return whole(document);
  if (document.errors.length > 0) {
    return {
      ok: false,
      faults: document.errors.map(({ message }) => ({ path: '', fault: syntaxFault(message) })),
    };
  }
  const value = document.contents === null ? null : plain(document.contents, [], faults);
  return faults.length > 0 ? { ok: false, faults } : { ok: true, value };
}

export function pathOf(steps: readonly (string | number)[]): string {
  return steps
    .map((step) => (typeof step === 'number' ? `[${step + 1}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}

function asJson(text: string): PlainDocument | undefined {
  if (!/^\ufeff?\s*\{/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
    const fault = findJsonFault(text, DEEPEST);
    if (fault?.kind === 'duplicate_key')
      return { ok: false, faults: [{ path: dotted(fault.pointer), fault: 'stands twice' }] };
    if (fault)
      return whole('is no document of a feed: it has too many values, or a number of too many digits');
    return { ok: true, value };
  } catch {
    // A map of YAML may begin so as well.
    return undefined;
  }
}

function parsed(text: string): Document.Parsed | string {
  try {
    return parseDocument(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      uniqueKeys: false,
      logLevel: 'error',
    });
  } catch (error) {
    if (error instanceof RangeError) return 'nests too deeply';
    throw error;
  }
}

function plain(node: Node, path: readonly (string | number)[], faults: DocumentFault[]): unknown {
  const refuse = (fault: string): undefined => {
    faults.push({ path: pathOf(path), fault });
  };
  if (path.length > DEEPEST) return refuse('nests too deeply');
  if (isAlias(node)) return refuse('is an alias (*name): write the value out');
  if ('anchor' in node && node.anchor !== undefined)
    return refuse('has an anchor (&name): nothing may refer to it');
  if (node.tag !== undefined && !CORE_TAG.test(node.tag)) {
    return refuse(`has the tag ${node.tag}, which is not read`);
  }
  if (isScalar(node)) return typeof node.value === 'bigint' ? refuse('is too great a number') : node.value;
  if (isSeq(node)) return node.items.map((item, index) => plain(item as Node, [...path, index], faults));
  if (isMap(node)) return plainMap(node, path, faults);
  return refuse('is nothing that is read here');
}

function plainMap(node: YAMLMap, path: readonly (string | number)[], faults: DocumentFault[]): unknown {
  const entries = new Map<string, unknown>();
  for (const pair of node.items) {
    const key = keyOf(pair);
    if (key === undefined || key === '__proto__') {
      faults.push({ path: pathOf(path), fault: 'has a key that is no plain text' });
    } else if (entries.has(key)) {
      faults.push({ path: pathOf([...path, key]), fault: 'stands twice' });
    } else {
      entries.set(key, pair.value === null ? null : plain(pair.value as Node, [...path, key], faults));
    }
  }
  return Object.fromEntries(entries);
}

/** As it is written: for a plain one YAML may have made a number, a boolean or nothing of it. */
function keyOf({ key }: Pair): string | undefined {
  if (!isScalar(key) || key.anchor !== undefined) return undefined;
  return typeof key.value === 'string' ? key.value : (key.source ?? '');
}

/** The parser's words, without the excerpt below them, which may hold a secret. */
function syntaxFault(message: string): string {
  const [first = ''] = message.split('\n');
  return `is not YAML: ${first.replace(/:$/, '')}`;
}

function whole(fault: string): PlainDocument {
  return { ok: false, faults: [{ path: '', fault }] };
}

function dotted(pointer: string): string {
  return pathOf(
    pointer
      .slice(1)
      .split('/')
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~')),
  );
}
