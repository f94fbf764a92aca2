/** What a clock on the wall shows; numbers, or digits. What is left out is the least. */
export interface WallFields {
  year?: unknown;
  month?: unknown;
  day?: unknown;
  hour?: unknown;
  minute?: unknown;
  second?: unknown;
}

/** In ms since 1970, as if the wall were in UTC; undefined for what no calendar or clock shows, leap seconds included. */
export function wallTime(fields: WallFields): number | undefined {
  const { year, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  if (h > 23 || m > 59 || s > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  return date.getTime() + (h * 3600 + m * 60 + s) * 1000;
}
