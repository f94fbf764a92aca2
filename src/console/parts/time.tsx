/**
 * A time in the viewer's zone; UTC to the microsecond appears under the pointer, and in the markup.
 *
 * @param props.full with the day, even if it is today
 * @param props.precise with what is finer than a second
 */
export function Time({
  at,
  full = false,
  precise = false,
}: {
  at: string;
  full?: boolean;
  precise?: boolean;
}) {
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return <>{at}</>;
  return (
    <time datetime={at} title={`${at.replace('T', ' ').replace(/Z$/, '')} UTC`}>
      {full || !isToday(moment) ? `${day(moment)} ` : ''}
      {timeOfDay(moment)}
      {precise && decimalsOf(at)}
    </time>
  );
}

const DAY = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' });
const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

export const VIEWERS_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function day(moment: Date): string {
  return DAY.format(moment);
}

export function timeOfDay(moment: Date): string {
  return TIME.format(moment);
}

function isToday(moment: Date): boolean {
  return moment.toDateString() === new Date().toDateString();
}

function decimalsOf(at: string): string {
  const decimals = /\.(\d+)/.exec(at)?.[1]?.replace(/0+$/, '') ?? '';
  return decimals === '' ? '' : `.${decimals}`;
}

/** As the server writes times in its sentences. An id may look the same: it stands behind one of these words. */
const TIMES =
  /(?<=^|[\s(])(?<!event )(?<!Event )(?<!beat )(?<!lost to )((?:\d{4}-\d{2}-\d{2}T)?\d{2}:\d{2}:\d{2}\.\d{6}Z?)(?=[\s.,;:)]|$)/;

/**
 * Words of the server, with the times in them in the viewer's zone.
 *
 * @param props.day the UTC day of times that are written without one: these are compared, so they stay precise
 * @param props.precise with what is finer than a second
 */
export function WithTimes({ text, day: utcDay, precise }: { text: string; day?: string; precise?: boolean }) {
  return (
    <bdi>
      {text.split(TIMES).map((part, index) => {
        if (index % 2 === 0) return part;
        if (part.endsWith('Z')) return <Time key={index} at={part} precise={precise ?? false} />;
        return utcDay === undefined ? part : <Time key={index} at={`${utcDay}T${part}Z`} precise />;
      })}
    </bdi>
  );
}
