/** Of one migration, in PostgreSQL's words. */
interface Script {
  name: string;
  text: string;
}

/** What takes away, or changes, what code written before it uses. */
const TAKES_AWAY: readonly RegExp[] = [
  /^DROP (?:TABLE|VIEW|MATERIALIZED VIEW|SEQUENCE|TYPE|SCHEMA)\b/,
  /^ALTER TABLE.*\bDROP (?!CONSTRAINT|DEFAULT|NOT NULL|EXPRESSION|IDENTITY)/,
  /^ALTER .*\bRENAME\b/,
  /^ALTER TABLE.*\bALTER (?:COLUMN )?\S+ (?:SET DATA )?TYPE\b/,
  /^ALTER TABLE.*\bSET NOT NULL\b/,
];
const ADDED_COLUMN =
  /\bADD (?:COLUMN )?(?:IF NOT EXISTS )?(?!CONSTRAINT|CHECK|UNIQUE|PRIMARY|FOREIGN|EXCLUDE)[^,]*/g;
const FUNCTION_HEAD = /^CREATE (?:OR REPLACE )?FUNCTION ([a-z_0-9."]+) ?\(/i;
const DROPPED_FUNCTION = /^DROP FUNCTION (?:IF EXISTS )?([a-z_0-9."]+)/i;
const OF_TABLE = /^(?:CREATE|ALTER|DROP) TABLE (?:IF (?:NOT )?EXISTS )?(?:ONLY )?"?(\w+)/i;

/**
 * What in migrations does not only expand the schema that the former ones have made: it would break a process of the
 * release that knows those alone.
 *
 * @returns a line each
 */
export function contractions(former: readonly Script[], later: readonly Script[]): string[] {
  const known = signaturesOf(former);
  const fresh = new Set(
    later.flatMap(({ text }) =>
      statementsOf(text).flatMap((one) => (/^CREATE TABLE/i.test(one) ? [tableOf(one)] : [])),
    ),
  );
  return later.flatMap(({ name, text }) =>
    statementsOf(text)
      .filter((statement) => !fresh.has(tableOf(statement)))
      .filter((statement) => contracts(statement, known))
      .map((statement) => `${name}: ${statement.slice(0, 120)}`),
  );
}

function contracts(statement: string, known: ReadonlyMap<string, string>): boolean {
  const loud = statement.toUpperCase();
  if (TAKES_AWAY.some((pattern) => pattern.test(loud))) return true;
  if (loud.startsWith('ALTER TABLE') && addsWhatOldInsertsLack(loud)) return true;
  const dropped = DROPPED_FUNCTION.exec(statement)?.[1];
  if (dropped !== undefined) return known.has(dropped);
  const made = signatureOf(statement);
  return made !== undefined && (known.get(made.name) ?? made.takes) !== made.takes;
}

function addsWhatOldInsertsLack(statement: string): boolean {
  return [...statement.matchAll(ADDED_COLUMN)].some(
    ([column]) => /\bNOT NULL\b/.test(column) && !/\b(?:DEFAULT|GENERATED)\b/.test(column),
  );
}

/** What each function takes after all of these: PostgreSQL takes one that takes other things for another function. */
function signaturesOf(scripts: readonly Script[]): Map<string, string> {
  const signatures = new Map<string, string>();
  for (const statement of scripts.flatMap(({ text }) => statementsOf(text))) {
    const dropped = DROPPED_FUNCTION.exec(statement)?.[1];
    if (dropped !== undefined) signatures.delete(dropped);
    const made = signatureOf(statement);
    if (made) signatures.set(made.name, made.takes);
  }
  return signatures;
}

function signatureOf(statement: string): { name: string; takes: string } | undefined {
  const head = FUNCTION_HEAD.exec(statement);
  if (!head?.[1]) return undefined;
  let depth = 1;
  let end = head[0].length;
  for (; depth > 0 && end < statement.length; end += 1) {
    if (statement[end] === '(') depth += 1;
    if (statement[end] === ')') depth -= 1;
  }
  const takes = statement.slice(head[0].length, end - 1).replaceAll(/\s*(?:\bDEFAULT\b|=)[^,]*/gi, '');
  return { name: head[1], takes: takes.trim().toLowerCase() };
}

function tableOf(statement: string): string | undefined {
  return OF_TABLE.exec(statement)?.[1];
}

/** Each in one line, without comments, strings and bodies of functions. */
function statementsOf(text: string): string[] {
  return text
    .replaceAll(/\$(\w*)\$[\s\S]*?\$\1\$/g, '$$$$')
    .replaceAll(/--.*$/gm, '')
    .replaceAll(/'(?:[^']|'')*'/g, "''")
    .split(';')
    .map((statement) => statement.replaceAll(/\s+/g, ' ').trim())
    .filter((statement) => statement !== '');
}
