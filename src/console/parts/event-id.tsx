import { Foreign } from './foreign-text.tsx';

/** So many characters are shown whole: a UUID with a short name before it. */
const LONGEST_SHOWN = 40;
const AT_THE_START = 21;
const AT_THE_END = 18;

/** Everything in it is seen, and none of it turns the direction of its surroundings. */
const PLAIN = /^[\x21-\x7e]+$/;

/**
 * An event's id, on two lines at most. The middle of a long one is not shown, but it is there: under the pointer, to a
 * screen reader, to the browser's search, and to whoever copies it.
 */
export function EventId({ text }: { text: string }) {
  if (!PLAIN.test(text)) return <Foreign text={text} />;
  if (text.length <= LONGEST_SHOWN) return <bdi class="event-id">{text}</bdi>;
  return (
    <bdi class="event-id" title={text}>
      {text.slice(0, AT_THE_START)}
      <span class="middle">{text.slice(AT_THE_START, -AT_THE_END)}</span>
      {text.slice(-AT_THE_END)}
    </bdi>
  );
}

/** Words of the server, in which events may be named whose ids are too long to be read in a line. */
export function WithIds({ text, ids }: { text: string; ids: readonly string[] }) {
  const long = ids.filter((id) => id.length > LONGEST_SHOWN && PLAIN.test(id) && text.includes(id));
  if (long.length === 0) return <>{text}</>;
  // The longest first: one id may be the beginning of another.
  const names = long.toSorted((a, b) => b.length - a.length).map((id) => id.replaceAll(/[^\w-]/g, '\\$&'));
  return (
    <>
      {text
        .split(new RegExp(`(${names.join('|')})`))
        .map((part, index) => (index % 2 === 1 ? <EventId key={index} text={part} /> : part))}
    </>
  );
}
