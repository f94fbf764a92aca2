import type { Format } from './row.ts';
import type { TextFile } from './text-file.ts';
import { UnreadableFile } from './unreadable-file.ts';

/** A page in place of a feed, whatever the feed's format is to be. @throws UnreadableFile */
export function refuseWebPage({ sample }: TextFile): void {
  if (!/^\s*(?:<!doctype html|<html[\s>])/i.test(sample)) return;
  throw new UnreadableFile(
    'The file is a web page, as of an error or of signing in: look at what its address gives without signing in.',
  );
}

/**
 * The format of a text, by how it begins.
 *
 * @param hasPath the setting says where its rows are, so they are within something
 */
export function findFormat(file: TextFile, hasPath: boolean): Exclude<Format, 'xlsx'> {
  const start = file.sample.trimStart().slice(0, 2000);
  if (/^ISA([^A-Za-z0-9\s])\d\d\1/.test(start)) return 'x12-846';
  if (/^(?:ST([^A-Za-z0-9\s])846\1|GS([^A-Za-z0-9\s])[A-Z]{2}\2)/.test(start)) return 'x12-846';
  if (/^(?:UNA.{5}[^\s]\s*UN[BH]|UN[BH]\+)/.test(start)) return 'edifact-invrpt';
  if (/^<[?!A-Za-z_]/.test(start)) return 'xml';
  if (/^\[\s*(?:[[{"\]\d-]|$)/.test(start)) return 'json';
  if (/^\{\s*(?:["}]|$)/.test(start)) return !hasPath && isNdjson(file) ? 'ndjson' : 'json';
  return 'csv';
}

/**
 * Lines that are an object each. A single line is an event, unless it holds rows.
 */
function isNdjson({ sample, whole }: TextFile): boolean {
  const lines = sample.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const [first = '', second] = whole ? lines : lines.slice(0, -1);
  if (second !== undefined) return isObjectLine(first) && second.trim().startsWith('{');
  return whole && isEvent(first);
}

const isObjectLine = (line: string): boolean => /^\{.*\}$/.test(line.trim());

/** An object without a list of objects, or an empty list, in it, or in an object within it. */
function isEvent(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return !partsOf(value).some((part) => isRows(part) || partsOf(part).some(isRows));
  } catch {
    return false;
  }
}

const partsOf = (value: unknown): unknown[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.values(value) : [];

const isRows = (value: unknown): boolean =>
  Array.isArray(value) &&
  (value.length === 0 || value.some((one) => typeof one === 'object' && one !== null));
