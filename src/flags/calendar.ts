import { z } from 'zod';
import type { Calendar } from '../domain/calendar.ts';

const DAY_END = '24:00';

const timeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM');

/** As the table `tenant` keeps it. */
const calendarSchema = z
  .strictObject({
    days: z.array(z.int().min(1).max(7)).min(1, 'must name a day'),
    from: timeOfDay,
    to: z.union([timeOfDay, z.literal(DAY_END)]),
    holidays: z.array(z.iso.date()).max(1000),
  })
  .refine(({ from, to }) => from < to, 'must begin before it ends, on the same day')
  .transform(({ days, from, to, holidays }): StoredCalendar => ({
    days: [...new Set(days)].toSorted((a, b) => a - b),
    from,
    to,
    holidays: [...new Set(holidays)].toSorted(),
  }));

export interface StoredCalendar {
  days: number[];
  from: string;
  to: string;
  holidays: string[];
}

/** What a tenant has unless it is told another one; the table's own default is the same. */
export const DEFAULT_CALENDAR: StoredCalendar = {
  days: [1, 2, 3, 4, 5],
  from: '09:00',
  to: '17:00',
  holidays: [],
};

/** Puts changes into a calendar; one that cannot be read is replaced by the default one. */
export function changedCalendar(stored: unknown, change: Partial<StoredCalendar>): StoredCalendar {
  const before = calendarSchema.safeParse(stored);
  const parsed = calendarSchema.safeParse({
    ...(before.success ? before.data : DEFAULT_CALENDAR),
    ...change,
  });
  if (!parsed.success) throw new Error(`That is no calendar: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/**
 * Reads a tenant's calendar.
 *
 * @throws Error that says what is wrong, for one that a hand has altered
 */
export function parseCalendar(stored: unknown): Calendar {
  const parsed = calendarSchema.safeParse(stored);
  if (!parsed.success) throw new Error(`the calendar cannot be read: ${z.prettifyError(parsed.error)}`);
  const { days, from, to, holidays } = parsed.data;
  return { days, fromMinute: minuteOf(from), toMinute: minuteOf(to), holidays };
}

function minuteOf(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Such as `Mon Tue Wed Thu Fri, 09:00 to 17:00, without 2 holidays`. */
export function calendarInWords({ days, from, to, holidays }: StoredCalendar): string {
  const names = days.map((day) => WEEKDAYS[day - 1]).join(' ');
  const without = holidays.length === 0 ? '' : `, without ${holidays.length} holidays`;
  return `${names}, ${from} to ${to}${without}`;
}
