import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAILURE_MODES } from '../../src/domain/failure-modes.ts';

const page = readFileSync(path.join(import.meta.dirname, '../../docs/failure-modes.md'), 'utf8');
const rows = page.split('\n').filter((line) => /^\| (input|write|customer) /.test(line));

describe('the page of failure modes', () => {
  it.each(Object.entries(FAILURE_MODES))('has a row for %s', (mode, { risk, happens, todo }) => {
    const row = rows.find((line) => line.includes(`\`${mode}\``));
    const cells = row?.split('|').map((cell) => cell.trim());
    expect(cells).toEqual(['', risk, `\`${mode}\``, happens, todo, '']);
  });

  it('has no row for anything else', () => {
    expect(rows).toHaveLength(Object.keys(FAILURE_MODES).length);
  });
});
