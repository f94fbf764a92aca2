const WORDS: Readonly<Record<string, string>> = {
  unpacked: 'unpacked from',
  entry: 'its file',
  encoding: '',
  delimiter: 'separated by',
  sheet: 'sheet',
  rows: 'rows at',
};

const SIGNS: Readonly<Record<string, string>> = { '\t': 'tab', ' ': 'blank' };

/** What was found of a file: `csv, windows-1252, separated by ;`. It may quote the file. */
export function foundInWords(found: Record<string, unknown>): string {
  const parts = Object.entries(WORDS).flatMap(([key, words]) => {
    const value = found[key];
    return typeof value === 'string' && value !== '' ? [`${words} ${SIGNS[value] ?? value}`.trim()] : [];
  });
  return [found.format, ...parts].join(', ');
}
