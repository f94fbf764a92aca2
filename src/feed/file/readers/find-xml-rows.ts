import type { ReadSettings } from '../row.ts';
import type { TextFile } from '../text-file.ts';
import { UnreadableFile } from '../unreadable-file.ts';
import { onePlace } from './one-place.ts';
import { rootNode, type XmlNode } from './xml-node.ts';
import { xmlParser } from './xml-parser.ts';
import { MOST_LEVELS, tooDeep } from './xml-rows.ts';

/** All elements of one path. */
interface Kind {
  path: string;
  depth: number;
  /** It has attributes or elements. */
  hasParts: boolean;
  hasText: boolean;
  /** The most of them beside each other. */
  most: number;
  /** One of them can be a row. */
  mayBeRow: boolean;
  children: Map<string, Kind>;
}

interface Open {
  kind: Kind;
  counts: Map<Kind, number>;
  node: XmlNode;
}

const kindAt = (path: string, depth: number): Kind => ({
  path,
  depth,
  hasParts: false,
  hasText: false,
  most: 0,
  mayBeRow: false,
  children: new Map(),
});

/**
 * The path of the element that may be a row; where none or any may, of the one that repeats: the one with parts that
 * stands beside its like, nearest to the root. In a file of a single row, the last element with parts, as far down as
 * each is its parent's only one.
 *
 * @throws UnreadableFile when the beginning of a long file has none, or has rows in several places
 */
export function findXmlRows(file: TextFile, mayBeRow: ReadSettings['mayBeRow']): string {
  const document = kindsOf(file.sample, mayBeRow);
  const all = [...kindsBelow(document)];
  const likely = rowsBelow(document);
  const others = all.filter((kind) => !likely.includes(kind));
  const place = onePlace(likely.map(pathOf), others.map(pathOf));
  if (place !== undefined) return place;
  const repeated = all
    .filter(({ hasParts, most }) => hasParts && most > 1)
    .toSorted((one, other) => one.depth - other.depth || other.most - one.most)[0];
  if (repeated) return repeated.path;
  if (!file.whole) {
    throw new UnreadableFile(
      'No element repeats in the beginning of the file: say the path of the rows with rows.',
    );
  }
  return onlyRow(document);
}

/** The paths of the elements with parts, in the beginning of a file. */
export function pathsOf({ sample }: Pick<TextFile, 'sample'>): string[] {
  return [...kindsBelow(kindsOf(sample, undefined))].filter(({ hasParts }) => hasParts).map(pathOf);
}

const pathOf = ({ path }: Kind): string => path;

/** What is seen of the elements of a text, as a tree of their paths. */
function kindsOf(sample: string, mayBeRow: ReadSettings['mayBeRow']): Kind {
  const document = kindAt('', 0);
  const stack: Open[] = [{ kind: document, counts: new Map(), node: rootNode({}) }];
  const parser = xmlParser({
    open(name, attributes) {
      const parent = stack.at(-1);
      if (!parent) return;
      if (stack.length > MOST_LEVELS) throw tooDeep();
      let kind = parent.kind.children.get(name);
      if (!kind) {
        kind = kindAt(`${parent.kind.path}/${name}`, stack.length);
        parent.kind.children.set(name, kind);
      }
      const count = (parent.counts.get(kind) ?? 0) + 1;
      parent.counts.set(kind, count);
      parent.kind.hasParts = true;
      kind.hasParts ||= Object.keys(attributes).length > 0;
      kind.most = Math.max(kind.most, count);
      stack.push({ kind, counts: new Map(), node: parent.node.open(name, attributes) });
    },
    text(text) {
      const top = stack.at(-1);
      if (!top) return;
      top.kind.hasText ||= text.trim() !== '';
      top.node.text(text);
    },
    close() {
      const closed = stack.pop();
      if (!closed) return;
      closed.node.close();
      const { kind } = closed;
      if (mayBeRow && kind.hasParts && !kind.mayBeRow) kind.mayBeRow = mayBeRow(closed.node.value());
    },
  });
  try {
    parser.write(sample);
  } catch (error) {
    // What else is wrong is said when it is read.
    if (stack.length > MOST_LEVELS) throw error;
  }
  return document;
}

function* kindsBelow(kind: Kind): Generator<Kind> {
  for (const child of kind.children.values()) {
    yield child;
    yield* kindsBelow(child);
  }
}

/** What may be rows, and is in no row: neither the root, nor what holds a single row and nothing else. */
function rowsBelow(kind: Kind): Kind[] {
  const below = [...kind.children.values()].flatMap(rowsBelow);
  const isRow = kind.mayBeRow && kind.depth > 1;
  const holdsOne = kind.most === 1 && below.length > 0 && onlyChild(kind) !== undefined;
  return isRow && !holdsOne ? [kind] : below;
}

function onlyRow(document: Kind): string {
  const root = [...document.children.values()][0];
  let row = root && lastWithParts(root);
  // An element of nothing at all holds no rows today, whatever they are called.
  if (!row) return root && (root.hasParts || root.hasText) ? root.path : `${root?.path ?? ''}/*`;
  for (let only = onlyChild(row); only?.hasParts; only = onlyChild(row)) row = only;
  return row.path;
}

const lastWithParts = ({ children }: Kind): Kind | undefined =>
  [...children.values()].findLast(({ hasParts }) => hasParts);

const onlyChild = ({ children }: Kind): Kind | undefined =>
  children.size === 1 ? [...children.values()][0] : undefined;
