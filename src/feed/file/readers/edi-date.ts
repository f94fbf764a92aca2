/** A zone, where a code says one that is always the same moment. */
const ZONES: Readonly<Record<string, string>> = { UT: 'Z', GM: 'Z', UTC: 'Z', GMT: 'Z', Z: 'Z' };

/**
 * A date of EDI (CCYYMMDD or YYMMDD, and HHMM or HHMMSS) as in RFC 3339, without a zone unless a code says one;
 * undefined when it is none.
 */
export function ediDate(date: string, time = '', zone = ''): string | undefined {
  const day = /^(\d\d)?(\d\d)(\d\d)(\d\d)$/.exec(date);
  if (!day) return undefined;
  const [, century = '20', year, month, dayOfMonth] = day;
  const whole = `${century}${year}-${month}-${dayOfMonth}`;
  if (time === '') return whole;
  const clock = /^(\d\d)(\d\d)(\d\d)?(?:\d\d)?$/.exec(time);
  if (!clock) return undefined;
  const [, hours, minutes, seconds = '00'] = clock;
  return `${whole}T${hours}:${minutes}:${seconds}${ZONES[zone] ?? ''}`;
}
