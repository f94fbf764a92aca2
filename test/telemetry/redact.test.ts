import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactLine } from '../../src/telemetry/redact.ts';

const MARK = 'MARKMARK';

describe('redactLine', () => {
  it('keeps the line valid JSON and the marked secret out, at any depth and whatever surrounds it', () => {
    const name = fc.constantFrom(
      'secret',
      'password',
      'Authorization',
      'webhook-signature',
      'apiToken',
      'set-cookie',
    );
    const text = fc.string({ unit: 'binary' });
    const secret = fc.oneof(
      fc.tuple(text, text).map(([before, after]) => `${before}${MARK}${after}`),
      fc.array(text, { maxLength: 3 }).map((list) => [...list, MARK]),
      text.map((value) => ({ value, inner: MARK })),
    );
    fc.assert(
      fc.property(name, secret, fc.jsonValue(), text, (key, value, other, message) => {
        const line = JSON.stringify({ other, nested: [{ deep: { [key]: value, after: 1 } }], msg: message });
        const redacted = redactLine(line);
        expect(redacted).not.toContain(MARK);
        expect(JSON.parse(redacted)).toMatchObject({ nested: [{ deep: { [key]: '[Redacted]', after: 1 } }] });
      }),
    );
  });

  it.each([
    ['a signing secret', 'got whsec_MARKMARK+/AAA= from the CLI'],
    ['a bearer token', 'sent authorization: Bearer cs_MARKMARK-1234'],
    ['a webhook signature', 'v1,MARKMARKMARKMARKMARKMARKMARKMARK='],
    ['the password of an address', 'postgres://catalog:MARKMARK@127.0.0.1:5432/catalog'],
    ['a field of JSON within text', 'body was {"id":"1","secret": "MARKMARK"}'],
  ])('finds %s in running text', (_what, msg) => {
    const redacted = redactLine(JSON.stringify({ msg }));
    expect(redacted).not.toContain(MARK);
    expect(JSON.parse(redacted)).toEqual({ msg: expect.stringContaining('[Redacted]') });
  });

  it.each([
    { eventId: 'e-1', itemId: 'canary:CHAIR-01', workflowId: 'sync:canary:acme:e-1' },
    { url: 'http://127.0.0.1:8233/namespaces/default', time: '2026-11-22T10:00:00.000Z' },
    { tokens: 3, secretary: 'Ada', msg: 'bearer of news' },
  ])('leaves %j alone', (record) => {
    const line = JSON.stringify(record);
    expect(redactLine(line)).toBe(line);
  });
});
