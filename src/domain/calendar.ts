/** When a tenant's people work. Times of the day are minutes since its midnight, by the clock on the wall. */
export interface Calendar {
  /** ISO weekdays: 1 is Monday, 7 is Sunday. */
  days: readonly number[];
  fromMinute: number;
  /** Up to 1440, which is 24:00; always later than `fromMinute`. */
  toMinute: number;
  /** Days without work, as `YYYY-MM-DD`. */
  holidays: readonly string[];
}

/** How long a business day is, in seconds, by the clock on the wall. */
export function businessDaySeconds({ fromMinute, toMinute }: Calendar): number {
  return (toMinute - fromMinute) * 60;
}
