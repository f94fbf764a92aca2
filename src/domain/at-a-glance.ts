/** What is read at a glance: the first lines of a terminal. */
const COLUMNS = 80;
const LINES = 3;

/** Whether a text, broken at its spaces, has room in the first lines. */
export function fitsAtAGlance(text: string): boolean {
  let [lines, column] = [1, 0];
  for (const word of text.split(' ')) {
    const { length } = Array.from(word);
    if (column > 0 && column + 1 + length > COLUMNS) [lines, column] = [lines + 1, 0];
    const end = column + (column > 0 ? 1 : 0) + length;
    // A word that is longer than a line goes on in the next.
    lines += Math.floor(Math.max(0, end - 1) / COLUMNS);
    column = end > COLUMNS ? ((end - 1) % COLUMNS) + 1 : end;
  }
  return lines <= LINES;
}

/** `inventory…0000031` instead of a longer id: both ends, for ids of one sender differ at either. */
export function shortened(id: string, most: number): string {
  const characters = Array.from(id);
  if (characters.length <= most) return id;
  const [head, tail] = [Math.ceil((most - 1) / 2), Math.floor((most - 1) / 2)];
  return `${characters.slice(0, head).join('')}…${characters.slice(-tail).join('')}`;
}
