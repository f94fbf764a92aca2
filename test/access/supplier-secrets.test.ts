import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ringOf } from '../../src/access/secrets/key-ring.ts';
import { activeSecrets, addSupplierSecret, rotateSupplierSecret } from '../../src/access/supplier-secrets.ts';
import { seconds } from '../../src/domain/time.ts';
import { DecryptionError } from '../../src/access/secrets/encryption.ts';
import { parseSecret } from '../../src/standard-webhooks/secret.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';

const NOON = 1_780_308_000_000_000n;
const key = ringOf(randomBytes(32));

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
  await openTenant(test.database, 'canary', ['acme', 'bolt', 'crash', 'dual']);
});
afterAll(() => test?.drop());

const active = (supplier: string, now = NOON): Promise<Buffer[]> =>
  activeSecrets(test.database, key, 'canary', supplier, now);

describe('a supplier’s secret', () => {
  it('is shown once and kept encrypted', async () => {
    const shown = await addSupplierSecret(test.database, key, 'canary', 'acme');
    expect(parseSecret(shown)).toHaveLength(32);
    expect(await active('acme')).toEqual([parseSecret(shown)]);
    const [row] = await test.sql<{ ciphertext: Buffer }>(`SELECT ciphertext FROM supplier_secret`);
    expect(row?.ciphertext.includes(parseSecret(shown))).toBe(false);
  });

  it('does not open with another key, nor when it is moved to another supplier', async () => {
    await expect(
      activeSecrets(test.database, ringOf(randomBytes(32)), 'canary', 'acme', NOON),
    ).rejects.toThrow(DecryptionError);
    await test.sql(`INSERT INTO supplier_secret (tenant_id, supplier_id, ciphertext)
      SELECT tenant_id, 'crash', ciphertext FROM supplier_secret WHERE supplier_id = 'acme'`);
    await expect(active('crash')).rejects.toThrow(DecryptionError);
  });

  it('ends after the overlap of a rotation, and no later rotation lengthens it', async () => {
    const old = parseSecret(await addSupplierSecret(test.database, key, 'canary', 'bolt'));
    const rotate = async (overlap: number, now: bigint): Promise<Buffer> =>
      parseSecret(await rotateSupplierSecret(test.database, key, 'canary', 'bolt', overlap, now));
    const second = await rotate(60, NOON);
    const third = await rotate(3600, NOON + seconds(10));
    expect(await active('bolt', NOON + seconds(59))).toEqual([third, second, old]);
    expect(await active('bolt', NOON + seconds(60))).toEqual([third, second]);
    expect(await active('bolt', NOON + seconds(3610))).toEqual([third]);
    const fourth = await rotate(0, NOON + seconds(4000));
    expect(await active('bolt', NOON + seconds(4000))).toEqual([fourth]);
  });

  it('is one of a row of ends however many rotations run at once', async () => {
    await Promise.all(
      Array.from({ length: 5 }, () => rotateSupplierSecret(test.database, key, 'canary', 'dual', 60, NOON)),
    );
    expect(await active('dual')).toHaveLength(5);
    expect(await active('dual', NOON + seconds(60))).toHaveLength(1);
  });

  it('is not there for an unknown supplier, whose rotation fails', async () => {
    expect(await active('nobody')).toEqual([]);
    expect(await active('no\u0000body')).toEqual([]);
    await expect(rotateSupplierSecret(test.database, key, 'canary', 'nobody', 0, NOON)).rejects.toThrow(
      /no supplier/,
    );
  });
});
