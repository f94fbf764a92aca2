/** A time in the viewer's zone; UTC to the microsecond appears under the pointer, and in the markup. */
export function Time({ at, full = false }: { at: string; full?: boolean }) {
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return <>{at}</>;
  return (
    <time datetime={at} title={`${at.replace('T', ' ').replace(/Z$/, '')} UTC`}>
      {full || !isToday(moment) ? `${day(moment)} ` : ''}
      {timeOfDay(moment)}
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

const A_TIME = /(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)/;

/** Words of the server, with the times in them in the viewer's zone. */
export function WithTimes({ text }: { text: string }) {
  return (
    <bdi>
      {text.split(A_TIME).map((part, index) => (index % 2 === 1 ? <Time key={index} at={part} /> : part))}
    </bdi>
  );
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
] as const;

/** `42 s`, `3 min 20 s`, `7 h 5 min`: the two greatest units. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  for (const [index, [name, size]] of UNITS.entries()) {
    if (whole < size) continue;
    const [nextName, nextSize] = UNITS[index + 1] ?? ['s', 1];
    const next = Math.floor((whole % size) / nextSize);
    return `${Math.floor(whole / size)} ${name}${next > 0 ? ` ${next} ${nextName}` : ''}`;
  }
  return `${whole} s`;
}
