import { DateTime } from 'luxon';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** A leap day that falls on a weekday comes within so many days. */
const DAYS = 366 * 28;

/**
 * The next moment of a line of a crontab, after a moment; a time that a zone's clock skips is the one to which it skips.
 *
 * @throws RangeError where there is none, as of 31 February
 */
export function nextOfCron(line: string, zone: string, after: Date): Date {
  const [minutes, hours, days, months, weekdays] = line.trim().split(/\s+/) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const minuteSet = valuesOf(minutes, 0, 59, []);
  const hourSet = valuesOf(hours, 0, 23, []);
  const daySet = new Set(valuesOf(days, 1, 31, []));
  const monthSet = new Set(valuesOf(months, 1, 12, MONTHS, 1));
  const weekdaySet = new Set(valuesOf(weekdays, 0, 7, WEEKDAYS).map((day) => day % 7));
  // As cron has it: where both are narrowed, one of them is enough.
  const either = !days.startsWith('*') && !weekdays.startsWith('*');
  const start = DateTime.fromJSDate(after, { zone }).startOf('day');
  for (let offset = 0; offset <= DAYS; offset += 1) {
    const date = start.plus({ days: offset });
    const [ofMonth, ofWeek] = [daySet.has(date.day), weekdaySet.has(date.weekday % 7)];
    if (!monthSet.has(date.month) || !(either ? ofMonth || ofWeek : ofMonth && ofWeek)) continue;
    for (const hour of hourSet) {
      for (const minute of minuteSet) {
        const moment = date.set({ hour, minute }).toJSDate();
        if (moment > after) return moment;
      }
    }
  }
  throw new RangeError(`cron ${line} never comes`);
}

function valuesOf(
  field: string,
  least: number,
  most: number,
  words: readonly string[],
  firstWord = 0,
): number[] {
  const valueOf = (text: string): number => {
    const word = words.indexOf(text.toLowerCase());
    return word === -1 ? Number(text) : word + firstWord;
  };
  const values = field.split(',').flatMap((part) => {
    const [span = '', step = '1'] = part.split('/');
    const [first = '', last] = span.split('-');
    const from = span === '*' ? least : valueOf(first);
    const isOpen = span === '*' || (last === undefined && part.includes('/'));
    const to = isOpen ? most : valueOf(last ?? first);
    const all: number[] = [];
    for (let value = from; value <= to; value += Number(step)) all.push(value);
    return all;
  });
  return [...new Set(values)].toSorted((a, b) => a - b);
}
