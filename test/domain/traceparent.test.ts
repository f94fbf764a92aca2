import { expect, it } from 'vitest';
import { formatTraceparent, parseTraceparent } from '../../src/domain/traceparent.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

it.each([
  [`00-${TRACE}-${SPAN}-01`, true],
  [`00-${TRACE}-${SPAN}-00`, false],
  [`00-${TRACE}-${SPAN}-03`, true],
  [`cc-${TRACE}-${SPAN}-01-what-comes-later`, true],
])('reads %s', (text, sampled) => {
  expect(parseTraceparent(text)).toEqual({ traceId: TRACE, spanId: SPAN, sampled });
});

it.each([
  ['of a version that there cannot be', `ff-${TRACE}-${SPAN}-01`],
  ['of our version that is longer', `00-${TRACE}-${SPAN}-01-more`],
  ['in capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ['without a trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
  ['without a span', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['with a space before it', ` 00-${TRACE}-${SPAN}-01`],
  ['that is no text', { traceparent: TRACE }],
  ['that is not there', undefined],
])('reads none %s', (_, text) => {
  expect(parseTraceparent(text)).toBeUndefined();
});

it('writes what it reads', () => {
  const text = `00-${TRACE}-${SPAN}-01`;
  expect(formatTraceparent({ traceId: TRACE, spanId: SPAN, sampled: true })).toBe(text);
});
