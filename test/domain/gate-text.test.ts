import { describe, expect, it } from 'vitest';
import { faultOfText, secretIn } from '../../src/domain/gate-text.ts';

describe('a reason or an explanation', () => {
  it.each(['release 12', 'two\nlines\tand a tab', 'größer als 10 €', 'x'.repeat(2000)])(
    'may be %j',
    (text) => {
      expect(faultOfText(text)).toBeUndefined();
    },
  );

  it.each([
    ['', 'must not be empty'],
    ['x'.repeat(2001), 'must have at most 2000 characters'],
    ['a\u0000b', 'must not hold NUL'],
    ['a\u001b[31mb', 'must not hold NUL'],
    ['a\ud800b', 'must not hold NUL'],
  ])('must not be %j', (text, fault) => {
    expect(faultOfText(text)).toContain(fault);
  });
});

describe('a secret in an address', () => {
  it.each([
    ['https://ada:pass@grafana.example.com/', 'a user or a password'],
    ['https://ada@grafana.example.com/', 'a user or a password'],
    ['written down in ftp://ada:pass@files.example.com/note, by Ada', 'a user or a password'],
    ['https://example.com/d/1?token=abc', '`token=`'],
    ['https://example.com/d/1?orgId=1&access_token=abc', '`access_token=`'],
    ['https://example.com/d/1?ACCESS_TOKEN=abc', '`ACCESS_TOKEN=`'],
    ['https://example.com/d/1?accessToken=abc', '`accessToken=`'],
    ['https://example.com/d/1?%74oken=abc', '`token=`'],
    ['https://example.com/d/1?key=abc', '`key=`'],
    ['https://example.com/d/1?api-key=abc', '`api-key=`'],
    ['https://example.com/d/1?sv=2&sig=abc', '`sig=`'],
    ['https://example.com/d/1?X-Amz-Signature=abc', '`X-Amz-Signature=`'],
    ['https://example.com/d/1#id_token=abc', '`id_token=`'],
    ['https://example.com/#/board?token=abc', '`token=`'],
    ['see https://example.com/a and HTTPS://example.com/b?sig=1.', '`sig=`'],
  ])('is found in %s', (text, found) => {
    expect(secretIn(text)).toBe(found);
  });

  it.each([
    'Ada, in the release meeting',
    'https://tickets.example.com/12#rollback',
    'https://tickets.example.com/browse?projectKey=SHOP&monkey=1&design=2',
    'https://example.com/token/key=1',
    'ada@example.com',
    'key=abc',
  ])('is not in %s', (text) => {
    expect(secretIn(text)).toBeUndefined();
  });
});
