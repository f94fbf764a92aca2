import type { FeedDocument } from '../definition/feed-schema.ts';
import type { Question } from './sample.ts';
import { compileQuantities } from './quantities.ts';
import { Fault } from './refusal.ts';

type Signs = Pick<NonNullable<FeedDocument['quantities']>, 'decimal' | 'thousands'>;

const SIGNS: readonly Signs[] = [
  { decimal: ',' },
  { decimal: '.' },
  { thousands: '.', decimal: ',' },
  { thousands: ',', decimal: '.' },
  { thousands: ' ' },
  { thousands: "'" },
];

const NUMERIC = /^[+-]?\d[\d.,'’ \u00a0\u2009\u202f]*$/;
const MOST_WORDS = 20;

/** The signs in which all numbers of a sample can be read, if one way of reading does; words are left to be told. */
export function guessQuantities(values: readonly unknown[]): {
  quantities: Signs | undefined;
  questions: Question[];
} {
  const texts = [...new Set(values.filter((value) => typeof value === 'string').map((text) => text.trim()))];
  const filled = texts.filter((text) => text !== '');
  const words = filled.filter((text) => !NUMERIC.test(text));
  const signs = guessSigns(filled.filter((text) => NUMERIC.test(text)));
  const questions: Question[] = [];
  if (signs === 'open') {
    const choices = SIGNS.map((choice) => JSON.stringify(choice));
    questions.push({
      path: 'quantities.decimal',
      why: 'the numbers may be read in more than one way',
      choices,
    });
  }
  if (words.length > 0) {
    questions.push({
      path: 'quantities.words',
      why: 'not all quantities are numbers: what does each word mean?',
      choices: words.slice(0, MOST_WORDS),
    });
  }
  return { quantities: signs === 'open' ? undefined : signs, questions };
}

function guessSigns(numbers: readonly string[]): Signs | undefined | 'open' {
  if (readAll(numbers, {}) !== undefined) return undefined;
  const readings = SIGNS.flatMap((signs) => {
    const read = uses(numbers, signs) ? readAll(numbers, signs) : undefined;
    return read === undefined ? [] : [{ signs, read }];
  });
  const [first] = readings;
  return first && readings.every(({ read }) => read === first.read) ? first.signs : 'open';
}

/** What the numbers are by these signs, as one text; undefined where one of them is none. */
function readAll(numbers: readonly string[], signs: Signs): string | undefined {
  const read = compileQuantities({ ...signs, words: {} });
  const figures = numbers.map(read);
  const readable = figures.every((figure) => !(figure instanceof Fault) || figure.code === 'not_whole');
  return readable
    ? JSON.stringify(figures.map((figure) => (figure instanceof Fault ? figure.code : figure)))
    : undefined;
}

/** Groups are a way of reading only where there are any. */
function uses(numbers: readonly string[], { thousands }: Signs): boolean {
  if (thousands === undefined) return true;
  const sign = thousands === ' ' ? /[ \u00a0\u2009\u202f]/ : thousands === "'" ? /['’]/ : undefined;
  return numbers.some((text) => sign?.test(text) ?? text.includes(thousands));
}
