const FIELDS = [
  { name: 'minute', least: 0, most: 59, words: [] },
  { name: 'hour', least: 0, most: 23, words: [] },
  { name: 'day of the month', least: 1, most: 31, words: [] },
  {
    name: 'month',
    least: 1,
    most: 12,
    words: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'day of the week', least: 0, most: 7, words: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
] as const;

type Field = (typeof FIELDS)[number];

/** Why a text is not a line of a crontab's five fields; undefined for one that is. */
export function faultOfCron(text: string): string | undefined {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) {
    return `must have five fields (minute, hour, day, month, weekday), such as 0 6 * * 1-5, and has ${parts.length}`;
  }
  for (const [index, field] of FIELDS.entries()) {
    const part = parts[index] ?? '';
    if (!part.split(',').every((item) => fits(item, field))) {
      return `has ${JSON.stringify(part)} as ${field.name}, which goes from ${field.least} to ${field.most}`;
    }
  }
  return undefined;
}

/** An asterisk, one value, or a span of them, and maybe a step. */
function fits(item: string, field: Field): boolean {
  const match = /^(?:\*|([0-9a-z]{1,3})(?:-([0-9a-z]{1,3}))?)(?:\/(\d{1,3}))?$/i.exec(item);
  if (!match) return false;
  const [, first, last, step] = match;
  if (step !== undefined && (Number(step) < 1 || Number(step) > field.most)) return false;
  if (first === undefined) return true;
  const from = valueOf(first, field);
  const to = last === undefined ? from : valueOf(last, field);
  return from >= field.least && to <= field.most && from <= to;
}

function valueOf(text: string, field: Field): number {
  const word = (field.words as readonly string[]).indexOf(text.toLowerCase());
  return word === -1 ? Number(text) : word + field.least;
}
