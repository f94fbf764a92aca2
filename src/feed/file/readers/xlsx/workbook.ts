import { UnreadableFile } from '../../unreadable-file.ts';
import type { Zip } from '../../zip.ts';
import { elements, readSmallPart } from './part.ts';

export interface Sheet {
  name: string;
  /** Its part of the zip. */
  part: string;
}

export interface Workbook {
  sheet: Sheet;
  /** Days count from 1904, as on old Macs. */
  from1904: boolean;
}

/** The sheet that is set, or the first that can be seen. @throws UnreadableFile without it */
export async function readWorkbook(zip: Zip, wanted: string | undefined): Promise<Workbook> {
  const sheets: { name: string; isHidden: boolean; id: string }[] = [];
  const targets = new Map<string, string>();
  let from1904 = false;
  await readSmallPart(
    zip,
    'xl/workbook.xml',
    elements((name, attributes) => {
      if (name === 'workbookPr') from1904 = /^(?:1|true)$/.test(attributes.date1904 ?? '');
      if (name !== 'sheet') return;
      const { name: title = '', state, id = '' } = attributes;
      sheets.push({ name: title, isHidden: state === 'hidden' || state === 'veryHidden', id });
    }),
  );
  await readSmallPart(
    zip,
    'xl/_rels/workbook.xml.rels',
    elements((name, { Id, Target }) => {
      if (name === 'Relationship' && Id !== undefined && Target !== undefined) targets.set(Id, Target);
    }),
  );
  const sheet = sheets.find(({ name, isHidden }) =>
    wanted === undefined ? !isHidden : name.toLowerCase() === wanted.toLowerCase(),
  );
  if (!sheet) {
    const names = sheets.map(({ name }) => JSON.stringify(name)).join(', ');
    throw new UnreadableFile(
      wanted === undefined
        ? `The workbook has no sheet that can be seen${names && ` (${names})`}.`
        : `The workbook has no sheet ${JSON.stringify(wanted)}, but ${names}.`,
    );
  }
  const target = targets.get(sheet.id) ?? '';
  const part = target.startsWith('/') ? target.slice(1) : `xl/${target}`;
  if (!zip.names.includes(part)) {
    throw new UnreadableFile(`The sheet ${JSON.stringify(sheet.name)} is no table of cells.`);
  }
  return { sheet: { name: sheet.name, part }, from1904 };
}
