import { WithIds } from './event-id.tsx';

/**
 * A moment in the viewer's zone, always with day, seconds and zone; UTC to the microsecond appears under the pointer, and
 * in the markup.
 *
 * @param props.precise with what is finer than a second
 */
export function Time({ at, precise = false }: { at: string; precise?: boolean }) {
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return <>{at}</>;
  return (
    <time datetime={at} title={`${at.replace('T', ' ').replace(/Z$/, '')} UTC`}>
      {inWords(moment, precise ? decimalsOf(at) : '')}
    </time>
  );
}

/** Breaks between day and time only. */
function inWords(moment: Date, decimals: string) {
  const parts = MOMENT.formatToParts(moment);
  const words = parts.map(({ type, value }) => (type === 'second' ? `${value}${decimals}` : value));
  const hour = parts.findIndex(({ type }) => type === 'hour');
  const [day, time] = [words.slice(0, hour).join(''), words.slice(hour).join('')];
  return (
    <>
      <span class="whole">{day.trimEnd()}</span> <span class="whole">{time}</span>
    </>
  );
}

/** Of 24 hours: decimals behind `PM` would be read as nothing that there is. */
const MOMENT = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
});

export const VIEWERS_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

function decimalsOf(at: string): string {
  const decimals = /\.(\d+)/.exec(at)?.[1]?.replace(/0+$/, '') ?? '';
  return decimals === '' ? '' : `.${decimals}`;
}

/** As the server writes times in its sentences. An id may look the same: it stands behind one of these words. */
export const TIMES =
  /(?<=^|[\s(])(?<!event )(?<!Event )(?<!beat )(?<!lost to )((?:\d{4}-\d{2}-\d{2}T)?\d{2}:\d{2}:\d{2}\.\d{6}Z?)(?=[\s.,;:)]|$)/;

/**
 * Words of the server, with the times in them in the viewer's zone.
 *
 * @param props.day the UTC day of times that are written without one: these are compared, so they stay precise
 * @param props.precise with what is finer than a second
 * @param props.ids of events that may be named in them
 */
export function WithTimes({
  text,
  day: utcDay,
  precise = false,
  ids = [],
}: {
  text: string;
  day?: string;
  precise?: boolean;
  ids?: readonly string[];
}) {
  return (
    <bdi>
      {text.split(TIMES).map((part, index) => {
        if (index % 2 === 0) return <WithIds key={index} text={part} ids={ids} />;
        if (part.endsWith('Z')) return <Time key={index} at={part} precise={precise} />;
        return utcDay === undefined ? part : <Time key={index} at={`${utcDay}T${part}Z`} precise />;
      })}
    </bdi>
  );
}
