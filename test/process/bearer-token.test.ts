import { expect, it } from 'vitest';
import { bearerTokenOf } from '../../src/process/bearer-token.ts';

it.each([
  ['Bearer abc', 'abc'],
  ['bearer   abc', 'abc'],
  ['Bearer abc def', undefined],
  ['Bearer ', undefined],
  ['Basic abc', undefined],
  [undefined, undefined],
])('the bearer token of %j is %j', (header, token) => expect(bearerTokenOf(header)).toBe(token));
