import type { DatabaseTexts, FunctionText, TriggerText } from './function-texts.ts';

/** What differs between the texts that are ours and those of a database, one finding an entry. */
export function compareTexts(ours: DatabaseTexts, found: DatabaseTexts): string[] {
  return [
    ...differences(ours.functions, found.functions, {
      nameOf: ({ name }) => name,
      isSame: (one, other) => one.header === other.header && one.body === other.body,
      described: ({ name }) => name,
    }),
    ...differences(ours.triggers, found.triggers, {
      nameOf: ({ name, table }) => `${table}.${name}`,
      isSame: (one, other) => one.definition === other.definition,
      described: ({ name, table }) => `trigger ${name} on ${table}`,
    }),
  ];
}

/** Functions may share a name: at most one of them is ours. */
function differences<T extends FunctionText | TriggerText>(
  ours: readonly T[],
  found: readonly T[],
  by: { nameOf: (text: T) => string; isSame: (one: T, other: T) => boolean; described: (text: T) => string },
): string[] {
  const wanted = new Map(ours.map((text) => [by.nameOf(text), text]));
  const findings: string[] = [];
  for (const [name, text] of wanted) {
    const namesakes = found.filter((one) => by.nameOf(one) === name);
    if (namesakes.length === 0) findings.push(`${by.described(text)} is missing`);
    else if (!namesakes.some((one) => by.isSame(text, one))) findings.push(`${by.described(text)} differs`);
    if (namesakes.length > 1) findings.push(`another ${by.described(text)} is not ours`);
  }
  for (const text of found) {
    if (!wanted.has(by.nameOf(text))) findings.push(`${by.described(text)} is not ours`);
  }
  return findings;
}
