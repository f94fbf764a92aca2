import { readFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { describe, expect, it } from 'vitest';
import { problemOf, problemSchema, PROBLEMS, type ProblemCode } from '../../src/http/problems.ts';

describe('the table of error codes', () => {
  const codes = Object.keys(PROBLEMS) as ProblemCode[];

  it('is the one in docs/errors.md, line for line', () => {
    const docs = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
    const rows = docs
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|').slice(1, -1))
      .map((cells) => cells.map((cell) => cell.trim()));
    expect(rows).toEqual(
      codes.map((code) => [
        `\`${code}\``,
        String(PROBLEMS[code].status),
        PROBLEMS[code].title,
        PROBLEMS[code].todo,
      ]),
    );
  });

  it.each(codes)('makes a problem document of RFC 9457: %s', (code) => {
    const problem = problemOf(code, { detail: 'What is wrong.', errors: [{ pointer: '/a', detail: 'x' }] });
    expect(problemSchema.parse(problem)).toEqual(problem);
    expect(problem.detail).toMatch(/^What is wrong\. /);
    expect(STATUS_CODES).toHaveProperty(String(problem.status));
    expect(code).toMatch(/^[a-z_]+$/);
  });
});
