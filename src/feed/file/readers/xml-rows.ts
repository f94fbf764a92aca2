import { RECORD_CHARS, shortened, type BadRow, type Row } from '../row.ts';
import { UnreadableFile } from '../unreadable-file.ts';
import { envelope } from './envelope.ts';
import { rootNode, type XmlNode } from './xml-node.ts';
import { xmlParser, type XmlParser } from './xml-parser.ts';

export const MOST_LEVELS = 64;

export interface XmlRows extends XmlParser {
  /** The rows that ended since it was asked last. */
  taken(): (Row | BadRow)[];
  envelope: Record<string, string>;
  /** Whether the element was there in which the rows stand. */
  isThere(): boolean;
}

/** An element that is built; nothing is, any more, of one that is too long. */
interface Building {
  node: XmlNode | undefined;
  depth: number;
  chars: number;
}

/**
 * The elements at a path.
 *
 * @param onOther is told of each element elsewhere that stands beside its like, or is called as the rows are
 */
export function xmlRows(path: string, onOther?: (path: string, value: unknown) => void): XmlRows {
  const isRow = matcher(path);
  const isAround = (): boolean => path.startsWith(`/${names.join('/')}/`);
  const head = envelope();
  const names: string[] = [];
  /** By depth, the element that was there last. */
  const last: string[] = [];
  let rows: (Row | BadRow)[] = [];
  let row: Building | undefined;
  let other: Building | undefined;
  let count = 0;
  let isThere = !path.startsWith('/') || path.startsWith('//');
  const parent = path.replace(/\/[^/]*$/, '');
  const isParent = parent === '' ? () => false : matcher(parent);
  let text = '';
  const parser = xmlParser({
    open(name, attributes) {
      const isAnother = last[names.length] === name;
      last[names.length] = name;
      last.length = names.length + 1;
      names.push(name);
      if (names.length > MOST_LEVELS) throw tooDeep();
      isThere ||= isParent(names);
      text = '';
      if (row) {
        open(row, name, attributes);
      } else if (isRow(names)) {
        row = begin(attributes);
      } else {
        for (const [attribute, value] of Object.entries(attributes)) note(`/@${attribute}`, value);
        if (other) open(other, name, attributes);
        else if (onOther && (isAnother || path.endsWith(`/${name}`)) && !isAround())
          other = begin(attributes);
      }
    },
    text(more) {
      const part = row ?? other;
      if (part) {
        grow(part, more.length);
        part.node?.text(more);
      }
      // Of what is too long for a field, its beginning is all that is kept.
      if (!row && count === 0 && text.length < RECORD_CHARS) text += text === '' ? more.trimStart() : more;
    },
    close() {
      if (row) close(row);
      else {
        if (text.trim() !== '') note('', text.trim());
        if (other) close(other);
      }
      text = '';
      names.pop();
    },
  });
  return {
    ...parser,
    envelope: head.fields,
    isThere: () => isThere || count > 0,
    taken() {
      const taken = rows;
      rows = [];
      return taken;
    },
  };

  function begin(attributes: Readonly<Record<string, string>>): Building {
    return { node: rootNode(attributes), depth: names.length, chars: lengthOf(attributes) };
  }

  function open(part: Building, name: string, attributes: Readonly<Record<string, string>>): void {
    grow(part, 16 + name.length + lengthOf(attributes));
    part.node = part.node?.open(name, attributes);
  }

  function close(part: Building): void {
    if (part.depth !== names.length) {
      part.node = part.node?.close();
      return;
    }
    if (part === row) finish(part.node);
    else onOther?.(`/${names.join('/')}`, part.node?.value());
    row = undefined;
    other = undefined;
  }

  function finish(node: XmlNode | undefined): void {
    count += 1;
    if (node) {
      const value = node.value();
      rows.push({ line: count, cells: undefined, value, text: shortened(JSON.stringify(value)) });
    } else {
      rows.push({ line: count, fault: `is longer than ${RECORD_CHARS / 1024} Ki characters`, text: '' });
    }
  }

  function note(below: string, value: string): void {
    if (count === 0) head.note(`/${names.join('/')}${below}`, value);
  }
}

export function tooDeep(): UnreadableFile {
  return new UnreadableFile(`The XML nests deeper than ${MOST_LEVELS} levels.`);
}

function grow(part: Building, chars: number): void {
  part.chars += chars;
  if (part.chars > RECORD_CHARS) part.node = undefined;
}

/** Whether the elements that are open end with the steps of a path; all of them, when it begins with a slash. */
function matcher(path: string): (names: readonly string[]) => boolean {
  const steps = path
    .split('/')
    .filter((step) => step !== '')
    .map((step) => step.slice(step.indexOf(':') + 1));
  const isAbsolute = path.startsWith('/') && !path.startsWith('//');
  return (names) =>
    (isAbsolute ? names.length === steps.length : names.length >= steps.length) &&
    steps.every((step, index) => step === '*' || step === names[names.length - steps.length + index]);
}

const lengthOf = (attributes: Readonly<Record<string, string>>): number =>
  Object.entries(attributes).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
