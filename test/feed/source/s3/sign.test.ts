import { describe, expect, it } from 'vitest';
import { signGet } from '../../../../src/feed/source/s3/sign.ts';

/** Of Amazon's own page on Signature Version 4. */
const KEY = {
  id: 'AKIAIOSFODNN7EXAMPLE',
  secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
};
const AT = new Date('2013-05-24T00:00:00Z');

describe('a signed request', () => {
  it.each([
    [
      'https://examplebucket.s3.amazonaws.com/test.txt',
      { range: 'bytes=0-9' },
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    [
      'https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J',
      {},
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
  ])('is that of the example %s', (url, headers, signature) => {
    expect(signGet(new URL(url), KEY, AT, headers).authorization).toMatch(
      new RegExp(`Signature=${signature}$`),
    );
  });
});
