/** What the API takes of an alias. */
export interface PastedAlias {
  code: string;
  sku: string;
  factor?: number;
}

/** Between cells: a spreadsheet copies tabs, and a comma may be a part of a code. */
const SEPARATORS = ['\t', ';', ','];

/**
 * Lines such as `4711;CHAIR-01;12`; what is wrong with one is for the server to say, by its number among those that hold
 * something. A factor that is no number is sent as none.
 */
export function readPastedAliases(text: string): PastedAlias[] {
  return text
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const separator = SEPARATORS.find((one) => line.includes(one)) ?? ';';
      const [code = '', sku = '', factor = ''] = line.split(separator).map((cell) => cell.trim());
      return { code, sku, ...(factor !== '' && { factor: Number(factor) }) };
    });
}
