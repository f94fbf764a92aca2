import type { TextFile } from '../text-file.ts';
import { UnreadableFile } from '../unreadable-file.ts';
import { xmlParser } from './xml-parser.ts';

/** All elements of one path. */
interface Kind {
  path: string;
  depth: number;
  /** It has attributes or elements. */
  hasParts: boolean;
  /** The most of them beside each other. */
  most: number;
  children: Map<string, Kind>;
}

interface Open {
  kind: Kind;
  counts: Map<Kind, number>;
}

const kindAt = (path: string, depth: number): Kind => ({
  path,
  depth,
  hasParts: false,
  most: 0,
  children: new Map(),
});

/**
 * The path of the element that repeats: the one with parts that stands beside its like, nearest to the root. In a file
 * of a single row, the last element with parts, as far down as each is its parent's only one.
 *
 * @throws UnreadableFile when the beginning of a long file has none
 */
export function findXmlRows({ sample, whole }: TextFile): string {
  const document = kindAt('', 0);
  const stack: Open[] = [{ kind: document, counts: new Map() }];
  const all: Kind[] = [];
  const parser = xmlParser({
    open(name, attributes) {
      const parent = stack.at(-1);
      if (!parent) return;
      let kind = parent.kind.children.get(name);
      if (!kind) {
        kind = kindAt(`${parent.kind.path}/${name}`, stack.length);
        parent.kind.children.set(name, kind);
        all.push(kind);
      }
      const count = (parent.counts.get(kind) ?? 0) + 1;
      parent.counts.set(kind, count);
      parent.kind.hasParts = true;
      kind.hasParts ||= Object.keys(attributes).length > 0;
      kind.most = Math.max(kind.most, count);
      stack.push({ kind, counts: new Map() });
    },
    text: () => undefined,
    close: () => void stack.pop(),
  });
  try {
    parser.write(sample);
  } catch {
    // What is wrong is said when it is read.
  }
  const repeated = all
    .filter(({ hasParts, most }) => hasParts && most > 1)
    .toSorted((one, other) => one.depth - other.depth || other.most - one.most)[0];
  if (repeated) return repeated.path;
  if (!whole) {
    throw new UnreadableFile(
      'No element repeats in the beginning of the file: say the path of the rows with rows.',
    );
  }
  return onlyRow(document);
}

function onlyRow(document: Kind): string {
  const root = [...document.children.values()][0];
  let row = root && lastWithParts(root);
  if (!row) return root?.path ?? '';
  for (let only = onlyChild(row); only?.hasParts; only = onlyChild(row)) row = only;
  return row.path;
}

const lastWithParts = ({ children }: Kind): Kind | undefined =>
  [...children.values()].findLast(({ hasParts }) => hasParts);

const onlyChild = ({ children }: Kind): Kind | undefined =>
  children.size === 1 ? [...children.values()][0] : undefined;
