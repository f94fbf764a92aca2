import { parse } from 'node-html-parser';
import { RE2JS } from 're2js';
import { parseJson } from '../../parse-json.ts';
import type { PageFigure } from './purge-schema.ts';

/** The first run of digits of a text, with a sign; digits may be grouped by blanks, dots or commas in threes. */
const WHOLE_NUMBER = /[-−]?\d{1,3}(?:[.,\u00a0\u202f ’']\d{3})+(?!\d)|[-−]?\d+/u;

/**
 * Reads a whole number from a page.
 *
 * @returns undefined where the page does not say one there
 */
export function readFigure(page: string, figure: PageFigure): number | undefined {
  if ('json' in figure) return inJson(page, figure.json);
  if ('pattern' in figure) {
    const found = RE2JS.compile(figure.pattern).matcher(page);
    return found.find() ? wholeNumber(found.group(Math.min(1, found.groupCount())) ?? '') : undefined;
  }
  const text = parse(page).querySelector(figure.css)?.textContent;
  return text === undefined ? undefined : wholeNumber(text);
}

/** By RFC 6901. */
function inJson(page: string, pointer: string): number | undefined {
  let value = parseJson(page);
  for (const part of pointer.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null) return undefined;
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (!Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  return typeof value === 'string' ? wholeNumber(value) : undefined;
}

function wholeNumber(text: string): number | undefined {
  const found = WHOLE_NUMBER.exec(text)?.[0];
  if (found === undefined) return undefined;
  const number = Number(found.replace('−', '-').replaceAll(/[^\d-]/g, ''));
  return Number.isSafeInteger(number) ? number : undefined;
}
