import type { Zip } from '../../zip.ts';
import { elements, readSmallPart } from './part.ts';

/** How a number of a style is to be read. */
export type NumberKind = 'number' | 'date' | 'time' | 'date and time' | { digits: number };

/** By its number in the file; a cell without one has style 0. */
export async function readStyles(zip: Zip): Promise<readonly NumberKind[]> {
  const ofCodes = new Map<string, NumberKind>();
  const kinds: NumberKind[] = [];
  let isOfCells = false;
  await readSmallPart(zip, 'xl/styles.xml', {
    ...elements((name, attributes) => {
      if (name === 'numFmt') ofCodes.set(attributes.numFmtId ?? '', kindOfCode(attributes.formatCode ?? ''));
      if (name === 'cellXfs') isOfCells = true;
      if (name === 'xf' && isOfCells) kinds.push(kindOf(attributes.numFmtId ?? '0', ofCodes));
    }),
    close(name) {
      if (name === 'cellXfs') isOfCells = false;
    },
  });
  return kinds;
}

/** Numbers of formats that are in no file, since Excel has them built in: ECMA-376 part 1, 18.8.30. */
function kindOf(id: string, ofCodes: ReadonlyMap<string, NumberKind>): NumberKind {
  const kind = ofCodes.get(id);
  if (kind !== undefined) return kind;
  const number = Number(id);
  if (number === 22) return 'date and time';
  if ((number >= 18 && number <= 21) || (number >= 45 && number <= 47)) return 'time';
  const isDate =
    (number >= 14 && number <= 17) || (number >= 27 && number <= 36) || (number >= 50 && number <= 58);
  return isDate ? 'date' : 'number';
}

function kindOfCode(code: string): NumberKind {
  // Literal text, escaped and filling characters, and colours, conditions and locales; [h] is a duration.
  const bare = code
    .replaceAll(/"[^"]*"|\\.|_.|\*./g, '')
    .replaceAll(/\[(?!(?:h+|m+|s+)\])[^\]]*\]/gi, '')
    .split(';', 1)[0]!;
  if (/^0+$/.test(bare)) return { digits: bare.length };
  if (/general/i.test(bare)) return 'number';
  const isTime = /[hs]/i.test(bare);
  const isDate = /[dy]/i.test(bare) || (/m/i.test(bare.replaceAll(/AM\/PM|A\/P/gi, '')) && !isTime);
  if (isDate) return isTime ? 'date and time' : 'date';
  return isTime ? 'time' : 'number';
}
