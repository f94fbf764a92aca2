import { decode } from '../../encoding.ts';
import { UnreadableFile } from '../../unreadable-file.ts';
import type { Zip } from '../../zip.ts';
import { xmlParser, type XmlHandlers } from '../xml-parser.ts';

/** Reads one part of a workbook, a piece at a time. */
export async function* partPieces(
  zip: Zip,
  name: string,
  handlers: XmlHandlers,
  onRead?: (chars: number) => void,
): AsyncGenerator<void> {
  const parser = xmlParser(handlers);
  for await (const text of decode(zip.read(name), 'utf-8', false)) {
    onRead?.(text.length);
    parser.write(text);
    yield;
  }
  parser.end();
}

/** Of parts that say how others are read. Excel has 64,000 formats of cells at most. */
const MOST_CHARS = 16 * 2 ** 20;

/** Reads one part that is kept at hand, as a whole; nothing when it is not there. @throws UnreadableFile */
export async function readSmallPart(zip: Zip, name: string, handlers: XmlHandlers): Promise<void> {
  let chars = 0;
  await readPart(zip, name, handlers, (more) => {
    chars += more;
    if (chars > MOST_CHARS) {
      throw new UnreadableFile(
        `The workbook has a part ${name} of more than 16 MiB; save it anew, or as CSV.`,
      );
    }
  });
}

/** Reads one part as a whole; nothing when it is not there. */
export async function readPart(
  zip: Zip,
  name: string,
  handlers: XmlHandlers,
  onRead?: (chars: number) => void,
): Promise<void> {
  if (!zip.names.includes(name)) return;
  const pieces = partPieces(zip, name, handlers, onRead);
  while (!(await pieces.next()).done);
}

/** Handlers for elements alone. */
export const elements = (open: XmlHandlers['open']): XmlHandlers => ({
  open,
  text: () => undefined,
  close: () => undefined,
});
