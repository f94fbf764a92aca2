import type { FeedDocument } from '../definition/feed-schema.ts';
import { inspectFormat } from '../definition/time-format.ts';
import type { Question } from './sample.ts';
import { Fault } from './refusal.ts';
import { serialDate } from './serial-date.ts';
import { readTimeText } from './texts.ts';
import { compileTimes } from './times.ts';

type TimesDraft = Pick<NonNullable<FeedDocument['times']>, 'format' | 'locale'>;

/** Which of day, month and year comes first: two that fit are two meanings, whatever the sample's days are. */
type Order = 'dmy' | 'mdy' | 'ymd' | 'epoch';

interface Candidate {
  format: string;
  order: Order;
  locale?: string;
}

const DAY_TIMES = [
  '',
  ' HH:mm',
  ' HH:mm:ss',
  ' H:mm',
  ' H:mm:ss',
  ' HH:mm:ss.u',
  ' h:mm a',
  ' h:mm:ss a',
  ' HH:mm ZZ',
  ' HH:mm:ss ZZ',
];
const LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'nl'];

/** In seconds; figures of stock are no older. */
const YEAR_2000 = 946_684_800;

/** A zone is tried with, and never guessed. */
const SOME_ZONE = 'UTC';

/** A format in which all times of a sample can be read, if there is one; the zone of local times is left open. */
export function guessTimes(values: readonly unknown[]): {
  times: TimesDraft | undefined;
  questions: Question[];
} {
  const texts = [...new Set(values.map(readTimeText).filter((text) => typeof text === 'string'))];
  if (texts.length === 0) return { times: undefined, questions: [] };
  if (fits(texts, {})) return { times: undefined, questions: [] };
  if (fits(texts, { zone: SOME_ZONE })) return { times: undefined, questions: [zoneQuestion(texts)] };
  const candidates = candidatesFor(texts[0] ?? '').filter(({ format, locale }) =>
    fits(texts, { format: [format], zone: SOME_ZONE, locale }),
  );
  const [first] = candidates;
  if (!first) return { times: undefined, questions: [formatQuestion(texts, [])] };
  const orders = new Map(candidates.toReversed().map((candidate) => [candidate.order, candidate.format]));
  const zone = leavesZoneOpen(first) ? [zoneQuestion(texts)] : [];
  if (orders.size > 1) {
    return {
      times: undefined,
      questions: [formatQuestion(texts, [...orders.values()].toReversed()), ...zone],
    };
  }
  const { locale } = first;
  // May is May, short and long.
  const alike = candidates.filter(
    (other) => other.locale === locale && shortMonth(other) === shortMonth(first),
  );
  const formats = alike.map(({ format }) => format);
  const format = formats.length > 1 ? formats : first.format;
  const times = locale === undefined || locale === 'en' ? { format } : { format, locale };
  return { times, questions: zone };
}

function fits(
  texts: readonly string[],
  settings: { format?: string[]; zone?: string; locale?: string | undefined },
): boolean {
  const read = compileTimes(settings);
  return texts.every((text) => {
    const time = read(text);
    // A clock's zero, or an hour that some zone skips, is still of the form.
    return !(time instanceof Fault) || time.code === 'zero_time' || time.code === 'skipped_hour';
  });
}

function candidatesFor(text: string): Candidate[] {
  if (/^\d{9,10}(\.\d+)?$/.test(text) && Number(text) > YEAR_2000)
    return [{ format: 'epoch', order: 'epoch' }];
  if (/^\d{13}(\.\d+)?$/.test(text)) return [{ format: 'epochMillis', order: 'epoch' }];
  if (/^\d+$/.test(text)) {
    return ['yyyyMMdd', 'yyyyMMddHHmm', 'yyyyMMddHHmmss'].map((format) => ({ format, order: 'ymd' }));
  }
  return datesFor(text).flatMap(({ format, ...date }) =>
    DAY_TIMES.map((time) => ({ ...date, format: `${format}${time}` })),
  );
}

function datesFor(text: string): Candidate[] {
  if (/^\d{8} /.test(text)) return [{ format: 'yyyyMMdd', order: 'ymd' }];
  const sign = /^\d{1,4}([./-])\d/.exec(text)?.[1];
  if (sign === undefined) return datesInWords(text);
  const dates: [Order, string][] = [
    ['ymd', 'yyyy MM dd'],
    ['ymd', 'yyyy M d'],
    ['dmy', 'dd MM yyyy'],
    ['dmy', 'd M yyyy'],
    ['dmy', 'dd MM yy'],
    ['dmy', 'd M yy'],
    ['ymd', 'yy MM dd'],
    // With points, the day comes first wherever points are written.
    ...(sign === '.'
      ? []
      : ([
          ['mdy', 'MM dd yyyy'],
          ['mdy', 'M d yyyy'],
          ['mdy', 'MM dd yy'],
          ['mdy', 'M d yy'],
        ] as const)),
  ] as [Order, string][];
  return dates.map(([order, date]) => ({ order, format: date.replaceAll(' ', sign) }));
}

/** `20 Nov 2026`, `20-Nov-26`, `Nov 20, 2026`, `20. November 2026`. */
function datesInWords(text: string): Candidate[] {
  if (!/\p{L}{3}/u.test(text)) return [];
  const formats: [Order, string][] = [
    ['dmy', 'd MMM yyyy'],
    ['dmy', 'd-MMM-yyyy'],
    ['dmy', 'd-MMM-yy'],
    ['dmy', 'd MMMM yyyy'],
    ['dmy', 'd. MMM yyyy'],
    ['dmy', 'd. MMMM yyyy'],
    ['mdy', 'MMM d, yyyy'],
    ['mdy', 'MMMM d, yyyy'],
  ];
  return LANGUAGES.flatMap((locale) => formats.map(([order, format]) => ({ order, format, locale })));
}

function shortMonth({ format }: Candidate): string {
  return format.replace('MMMM', 'MMM');
}

function leavesZoneOpen({ format }: Candidate): boolean {
  const inspected = inspectFormat(format);
  return inspected.ok && !inspected.parts.hasZone;
}

export function zoneQuestion(texts: readonly string[]): Question {
  return {
    path: 'times.zone',
    why: `times such as ${texts[0] ?? ''} name no zone: where does this clock hang?`,
    choices: [],
  };
}

function formatQuestion(texts: readonly string[], choices: string[]): Question {
  const serial = texts.map(serialDate).find((fault) => fault !== undefined);
  const why = serial
    ? serial.reason
    : choices.length === 0
      ? `times such as ${texts[0] ?? ''} are in no known format, or in several`
      : `times such as ${texts[0] ?? ''} may be read in ${choices.length} ways`;
  return { path: 'times.format', why, choices };
}
