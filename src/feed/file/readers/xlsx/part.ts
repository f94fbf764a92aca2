import { decode } from '../../encoding.ts';
import type { Zip } from '../../zip.ts';
import { xmlParser, type XmlHandlers } from '../xml-parser.ts';

/** Reads one part of a workbook, a piece at a time. */
export async function* partPieces(zip: Zip, name: string, handlers: XmlHandlers): AsyncGenerator<void> {
  const parser = xmlParser(handlers);
  for await (const text of decode(zip.read(name), 'utf-8', false)) {
    parser.write(text);
    yield;
  }
  parser.end();
}

/** Reads one part as a whole; nothing when it is not there. */
export async function readPart(zip: Zip, name: string, handlers: XmlHandlers): Promise<void> {
  if (!zip.names.includes(name)) return;
  const pieces = partPieces(zip, name, handlers);
  while (!(await pieces.next()).done);
}

/** Handlers for elements alone. */
export const elements = (open: XmlHandlers['open']): XmlHandlers => ({
  open,
  text: () => undefined,
  close: () => undefined,
});
