import {
  RECORD_CHARS,
  shortened,
  type BadRow,
  type ReaderResult,
  type ReadSettings,
  type Row,
} from '../row.ts';
import type { TextFile } from '../text-file.ts';
import { UnreadableFile } from '../unreadable-file.ts';
import { findXmlRows } from './find-xml-rows.ts';
import { faultOf, primed } from './pending-rows.ts';
import { rootNode, type XmlNode } from './xml-node.ts';
import { xmlParser, type XmlParser } from './xml-parser.ts';

const MOST_LEVELS = 64;
const MOST_FIELDS = 1_000;

interface XmlRows extends XmlParser {
  /** The rows that ended since it was asked last. */
  taken(): (Row | BadRow)[];
  envelope: Record<string, string>;
}

/** The elements of one path. @throws UnreadableFile, also from its rows */
export async function readXml(file: TextFile, how: ReadSettings): Promise<ReaderResult> {
  const path = how.rows ?? findXmlRows(file);
  const reader = xmlRows(path);
  const rows = await primed(read(file.text, reader));
  return { envelope: { ...reader.envelope }, found: { place: 'element', rows: path }, rows };
}

async function* read(text: AsyncIterable<string>, reader: XmlRows): AsyncGenerator<Row | BadRow> {
  for await (const chunk of text) {
    // What is before a fault was sent all the same.
    const fault = faultOf(() => reader.write(chunk));
    for (const row of reader.taken()) yield row;
    if (fault) throw fault;
  }
  reader.end();
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

function xmlRows(path: string): XmlRows {
  const isRow = matcher(path);
  const envelope: Record<string, string> = {};
  const names: string[] = [];
  let rows: (Row | BadRow)[] = [];
  let row: { node: XmlNode | undefined; depth: number; chars: number } | undefined;
  let count = 0;
  let fields = 0;
  let text = '';
  const parser = xmlParser({
    open(name, attributes) {
      names.push(name);
      if (names.length > MOST_LEVELS) {
        throw new UnreadableFile(`The XML nests deeper than ${MOST_LEVELS} levels.`);
      }
      text = '';
      if (row) {
        grow(16 + name.length + lengthOf(attributes));
        row.node = row.node?.open(name, attributes);
      } else if (isRow(names)) {
        row = { node: rootNode(attributes), depth: names.length, chars: lengthOf(attributes) };
      } else {
        for (const [attribute, value] of Object.entries(attributes)) {
          note(`/${names.join('/')}/@${attribute}`, value);
        }
      }
    },
    text(more) {
      if (row) {
        grow(more.length);
        row.node?.text(more);
      } else if (count === 0) {
        text += more;
      }
    },
    close() {
      if (row?.depth === names.length) finish(row.node);
      else if (row) row.node = row.node?.close();
      else if (text.trim() !== '') note(`/${names.join('/')}`, text.trim());
      text = '';
      names.pop();
    },
  });
  return {
    ...parser,
    envelope,
    taken() {
      const taken = rows;
      rows = [];
      return taken;
    },
  };

  /** Nothing is built any more of a row that is too long. */
  function grow(chars: number): void {
    if (!row) return;
    row.chars += chars;
    if (row.chars > RECORD_CHARS) row.node = undefined;
  }

  function finish(node: XmlNode | undefined): void {
    row = undefined;
    count += 1;
    if (node) {
      const value = node.value();
      rows.push({ line: count, cells: undefined, value, text: shortened(JSON.stringify(value)) });
    } else {
      rows.push({ line: count, fault: `is longer than ${RECORD_CHARS / 1024} Ki characters`, text: '' });
    }
  }

  function note(at: string, value: string): void {
    if (count > 0 || fields >= MOST_FIELDS) return;
    fields += 1;
    envelope[at] = shortened(value);
  }
}

const lengthOf = (attributes: Readonly<Record<string, string>>): number =>
  Object.entries(attributes).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
