import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { formatTime, parseTime } from '../../src/domain/time.ts';
import { feedSchema } from '../../src/feed/definition/feed-schema.ts';
import { faultInWords, readDefinition } from '../../src/feed/definition/read-definition.ts';
import { GUARDS } from '../../src/feed/guards/judge-file.ts';
import { compileQuantities } from '../../src/feed/mapping/quantities.ts';
import { Fault, REFUSAL_CODES } from '../../src/feed/mapping/refusal.ts';
import { compileTimes } from '../../src/feed/mapping/times.ts';

const page = readFileSync(path.join(import.meta.dirname, '../../docs/feeds.md'), 'utf8');

/** The rows of the tables below a heading, each as its cells without backticks; one for each first column's name. */
function rowsOf(heading: string, firstColumn: string): string[][] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const tables = (section.split('\n## ')[0] ?? '').split('\n\n').map((part) => part.trim());
  const table = tables.find((part) => part.startsWith(`| ${firstColumn} `)) ?? '';
  return table
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

/** `source.sftp.host`, for everything that may stand in a document. */
function keysOf(schema: z.core.$ZodType, at: string): string[] {
  const { def } = schema._zod;
  if ('innerType' in def) return keysOf(def.innerType as z.core.$ZodType, at);
  const parts = schema instanceof z.ZodObject ? Object.entries(schema.shape) : [];
  return parts.length === 0
    ? [at]
    : parts.flatMap(([key, part]) => keysOf(part, at === '' ? key : `${at}.${key}`));
}

describe('the page of feeds', () => {
  it('has an example that is taken', () => {
    const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    const read = readDefinition(example);
    expect(read.ok ? [] : read.faults.map(faultInWords)).toEqual([]);
    expect(read).toMatchObject({
      definition: { quantities: { words: { 'auf Lager': 10, '10+': 10, 'nicht geführt': 'none' } } },
    });
  });

  it('lists every key once, and nothing else', () => {
    expect(rowsOf('The keys', 'key').map(([key]) => key)).toEqual(keysOf(feedSchema, ''));
  });

  it('lists every code of a refusal, in the order of the code', () => {
    expect(rowsOf('Why a row is refused', 'code').map(([code]) => code)).toEqual(REFUSAL_CODES);
  });

  it('lists every guard', () => {
    expect(rowsOf('What holds a file', 'guard').map(([guard]) => guard)).toEqual(GUARDS);
  });

  const times = rowsOf('Times without settings', 'text');
  const refusedTimes = page.split('\n## Times without settings\n')[1]?.split('These are refused')[1] ?? '';

  it.each(times)('reads %s as %s', (text, expected) => {
    const time = compileTimes({})(text);
    const parsed = typeof time === 'string' ? parseTime(time) : undefined;
    expect(parsed?.ok && formatTime(parsed.at).replace('.000000', '')).toBe(expected);
  });

  it.each(examplesIn(refusedTimes))('refuses the time %s as %s', (text, code) => {
    const time = compileTimes({})(text);
    expect(time instanceof Fault && time.code).toBe(code);
  });

  const read = compileQuantities({ words: {} });
  const refusedQuantities = page.split('\n## Quantities without settings\n')[1] ?? '';

  it.each(rowsOf('Quantities without settings', 'text'))('reads %s as the quantity %s', (text, expected) => {
    expect(read(text)).toBe(Number(expected));
  });

  it.each(examplesIn(refusedQuantities))('refuses the quantity %s as %s', (text, code) => {
    const quantity = read(text);
    expect(quantity instanceof Fault && quantity.code).toBe(code);
  });

  it('has examples to hold it by', () => {
    expect(times.length).toBeGreaterThan(5);
    expect(examplesIn(refusedTimes).length).toBeGreaterThan(5);
    expect(examplesIn(refusedQuantities).length).toBeGreaterThan(5);
  });
});

/** Rows whose first two cells are code, up to the next heading. */
function examplesIn(text: string): [string, string][] {
  const section = text.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| `([^`]+)` +\| `([a-z_]+)` +\|/gm)].map(([, example = '', code = '']) => [
    example,
    code,
  ]);
}
