import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '../config/project-root.ts';

export interface FunctionText {
  name: string;
  /** All that stands before the body, in the order of pg_get_functiondef, normalized. */
  header: string;
  body: string;
}

export interface TriggerText {
  name: string;
  table: string;
  /** Normalized. */
  definition: string;
}

/** What a database runs of ours, as text. */
export interface DatabaseTexts {
  functions: FunctionText[];
  triggers: TriggerText[];
}

/** No body holds `$$`, and no statement of a trigger a semicolon. */
const STATEMENT =
  /CREATE OR REPLACE FUNCTION (?<name>\w+)(?<rest>\([^$]*?)\s*AS \$\$(?<body>[^]*?)\$\$;|(?:DROP TRIGGER IF EXISTS \w+ ON \w+;\s*)?CREATE (?:OR REPLACE|CONSTRAINT) TRIGGER (?<trigger>\w+)(?<event>[^;]*? ON (?<table>\w+)[^;]*);/y;
const SPACE_OR_COMMENT = /(?:\s+|--[^\n]*\n)*/y;

/**
 * Reads the files of prisma/functions: comments, `CREATE OR REPLACE FUNCTION … AS $$ … $$;` with the clauses in the
 * order in which PostgreSQL tells them, and `CREATE OR REPLACE TRIGGER …;` beside the function that it runs; one that is
 * deferred cannot be replaced: `DROP TRIGGER IF EXISTS …; CREATE CONSTRAINT TRIGGER …;`.
 *
 * @throws Error that names the file, for any other statement
 */
export function parseFunctionTexts(files: readonly { name: string; text: string }[]): DatabaseTexts {
  const texts: DatabaseTexts = { functions: [], triggers: [] };
  for (const { name: file, text } of files) {
    let position = skipped(text, 0);
    while (position < text.length) {
      STATEMENT.lastIndex = position;
      const groups = STATEMENT.exec(text)?.groups;
      if (!groups) {
        throw new Error(`${file}: neither a function nor a trigger: ${text.slice(position, position + 60)}`);
      }
      const { name, rest, body, trigger, event, table } = groups;
      if (name !== undefined) {
        texts.functions.push({ name, header: normalizedDefinition(name + (rest ?? '')), body: body ?? '' });
      } else if (trigger !== undefined && table !== undefined) {
        texts.triggers.push({
          name: trigger,
          table,
          definition: normalizedDefinition(trigger + (event ?? '')),
        });
      }
      position = skipped(text, STATEMENT.lastIndex);
    }
  }
  return texts;
}

/** The current text of every function and trigger. */
export async function readFunctionTexts(
  folder = path.join(projectRoot(), 'prisma', 'functions'),
): Promise<DatabaseTexts> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
  return parseFunctionTexts(
    await Promise.all(
      names.map(async (name) => ({ name, text: await readFile(path.join(folder, name), 'utf8') })),
    ),
  );
}

/** A definition without what makes no difference: line breaks, case, and the schema's name. */
export function normalizedDefinition(definition: string): string {
  return definition
    .replace(/^\s*CREATE (OR REPLACE |CONSTRAINT )?(FUNCTION|PROCEDURE|TRIGGER) /, '')
    .toLowerCase()
    .replaceAll(/\bpublic\./g, '')
    .replaceAll(/\s*([(),])\s*/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function skipped(text: string, position: number): number {
  SPACE_OR_COMMENT.lastIndex = position;
  SPACE_OR_COMMENT.exec(text);
  return SPACE_OR_COMMENT.lastIndex;
}
