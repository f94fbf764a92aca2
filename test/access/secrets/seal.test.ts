import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ringOf } from '../../../src/access/secrets/key-ring.ts';
import { createSeal } from '../../../src/access/secrets/seal.ts';

const [old, fresh] = [randomBytes(32), randomBytes(32)];
const content = ['1', 'canary', 7];

describe('a seal', () => {
  it('holds where it was made for, and after a change of keys as long as its key is there', () => {
    const seal = createSeal(ringOf(old), 'test').of('sync:1', content);
    for (const ring of [ringOf(old), ringOf(fresh, old), ringOf(old, fresh)]) {
      const { isOurs } = createSeal(ring, 'test');
      expect(isOurs(seal, 'sync:1', content)).toBe(true);
      expect(isOurs(seal, 'sync:2', content)).toBe(false);
      expect(isOurs(seal, 'sync:1', ['1', 'canary', 8])).toBe(false);
    }
    expect(createSeal(ringOf(fresh), 'test').isOurs(seal, 'sync:1', content)).toBe(false);
    expect(createSeal(ringOf(old), 'another purpose').isOurs(seal, 'sync:1', content)).toBe(false);
  });

  it('from before keys had names holds still', () => {
    const key = Buffer.from(hkdfSync('sha256', old, '', 'catalog-sync test', 32));
    const seal = createHmac('sha256', key)
      .update(JSON.stringify(['sync:1', content]))
      .digest('base64url');
    expect(createSeal(ringOf(fresh, old), 'test').isOurs(seal, 'sync:1', content)).toBe(true);
    expect(createSeal(ringOf(fresh), 'test').isOurs(seal, 'sync:1', content)).toBe(false);
  });

  it('is refused with the name of another key, and when it is no seal at all', () => {
    const seal = createSeal(ringOf(old, fresh), 'test');
    const made = seal.of('sync:1', content);
    const digest = made.split('.')[1] ?? '';
    const wrong = [
      `${ringOf(fresh)[0].id}.${digest}`,
      `00000000.${digest}`,
      `.${digest}`,
      `${made}.`,
      `${made}A`,
      ...['', '.', 'x', 7, null, undefined, {}, [made]],
    ];
    for (const one of wrong) expect(seal.isOurs(one, 'sync:1', content)).toBe(false);
  });
});
