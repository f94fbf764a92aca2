import { UnreadableFile } from '../../unreadable-file.ts';
import type { Zip } from '../../zip.ts';
import { readPart } from './part.ts';

/** All texts of a workbook have to be in memory, since a row may name any of them: a million codes of 20 characters. */
const MOST_CHARS = 48 * 2 ** 20;
const COST = 24;

/** @throws UnreadableFile when they are too many to be kept */
export async function readSharedStrings(zip: Zip): Promise<readonly string[]> {
  const strings: string[] = [];
  let text = '';
  let isText = false;
  let sounds = 0;
  let chars = 0;
  await readPart(zip, 'xl/sharedStrings.xml', {
    open(name) {
      if (name === 'si') text = '';
      // How a text of Japanese is spoken stands beside it.
      if (name === 'rPh') sounds += 1;
      isText = name === 't' && sounds === 0;
    },
    text(more) {
      if (!isText) return;
      text += more;
      if (chars + text.length > MOST_CHARS) throw tooMuch();
    },
    close(name) {
      isText = false;
      if (name === 'rPh') sounds -= 1;
      if (name !== 'si') return;
      chars += text.length + COST;
      if (chars > MOST_CHARS) throw tooMuch();
      strings.push(text);
    },
  });
  return strings;
}

function tooMuch(): UnreadableFile {
  return new UnreadableFile('The workbook has more text than can be kept at hand; save it as CSV.');
}
