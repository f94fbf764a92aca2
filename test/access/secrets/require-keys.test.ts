import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { discardSecrets } from '../../../src/access/secrets/discard-secrets.ts';
import { decryptSecret, encryptSecret, keyIdOf } from '../../../src/access/secrets/encryption.ts';
import { ringOf, type KeyRing } from '../../../src/access/secrets/key-ring.ts';
import { KeysError, refuseMisfit, requireKeys } from '../../../src/access/secrets/require-keys.ts';
import { rotateSecrets } from '../../../src/access/secrets/rotate-secrets.ts';
import { readKeyUse } from '../../../src/access/secrets/stored-secrets.ts';
import { activeSecrets, addSupplierSecret } from '../../../src/access/supplier-secrets.ts';
import { parseSecret } from '../../../src/standard-webhooks/secret.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { openTenant } from '../../support/flags.ts';
import { encryptedWithoutName } from '../../support/former-secrets.ts';

const NOON = 1_780_308_000_000_000n;
const SHOP = { tenantId_name: { tenantId: 'shop', name: 'shop' } };
const BY = { actor: 'ada', reason: 'yearly' };
const [old, fresh] = [randomBytes(32), randomBytes(32)];
const [oldId, freshId] = [ringOf(old)[0].id, ringOf(fresh)[0].id];

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
  await openTenant(test.database, 'shop', ['acme', 'globex']);
});
afterAll(() => test?.drop());
beforeEach(async () => {
  await test.sql(`DELETE FROM secrets_key`);
  await test.sql(`DELETE FROM supplier_secret`);
  await test.sql(`DELETE FROM storefront`);
});

const require = (ring: KeyRing) => requireKeys(test.database, ring);
const active = (ring: KeyRing) => activeSecrets(test.database, ring, 'shop', 'acme', NOON);
const audited = (action: string) => test.database.auditEntry.findMany({ where: { action } });

describe('the keys of a database', () => {
  it('are written down by the first start, and asked for from then on', async () => {
    await require(ringOf(old));
    await require(ringOf(old));
    expect(await test.sql(`SELECT id, retired_at_us FROM secrets_key`)).toEqual([
      { id: oldId, retired_at_us: null },
    ]);
    await expect(require(ringOf(fresh))).rejects.toThrow(KeysError);
    await expect(require(ringOf(fresh))).rejects.toThrow(
      `The secrets keys do not fit the database: it was written with the key ${oldId}, and here is ${freshId}.`,
    );
    await require(ringOf(fresh, old));
    await expect(require(ringOf(old))).rejects.toThrow(
      `written with the key ${freshId}, and here is ${oldId}`,
    );
  });

  it('are asked for without being written down by whoever only looks', async () => {
    expect(await refuseMisfit(test.database, ringOf(old))).toEqual([]);
    expect(await test.sql(`SELECT id FROM secrets_key`)).toEqual([]);
  });

  it('are not taken for one of the same name', async () => {
    await test.database.secretsKey.create({
      data: { id: oldId, checkValue: new Uint8Array(encryptSecret(ringOf(fresh), Buffer.from('x'), 'y')) },
    });
    await expect(require(ringOf(old))).rejects.toThrow(`the key ${oldId} here is another one`);
  });

  it('are known by what is encrypted, though nobody wrote them down', async () => {
    await addSupplierSecret(test.database, ringOf(old), 'shop', 'acme');
    await expect(require(ringOf(fresh))).rejects.toThrow(
      `written with the key ${oldId}, and here is ${freshId}`,
    );
    await require(ringOf(fresh, old));
  });

  it('are held against secrets from before keys had names', async () => {
    const ciphertext = encryptedWithoutName(old, randomBytes(32), 'shop/acme');
    await test.sql(
      `INSERT INTO supplier_secret (tenant_id, supplier_id, ciphertext) VALUES ('shop', 'acme', $1)`,
      [ciphertext],
    );
    await expect(require(ringOf(fresh))).rejects.toThrow(
      `the secret of shop/acme does not open with the key ${freshId}`,
    );
    await require(ringOf(fresh, old));
  });
});

/** Secrets of every age and place, under the old key. */
async function fill(suppliers: number): Promise<Buffer[]> {
  await require(ringOf(old));
  const shown: Buffer[] = [];
  for (let no = 0; no < suppliers; no += 1) {
    shown.push(parseSecret(await addSupplierSecret(test.database, ringOf(old), 'shop', 'acme')));
  }
  const former = randomBytes(32);
  shown.push(former);
  await test.sql(
    `INSERT INTO supplier_secret (tenant_id, supplier_id, ciphertext) VALUES ('shop', 'acme', $1)`,
    [encryptedWithoutName(old, former, 'shop/acme')],
  );
  await test.database.storefront.create({
    data: {
      ...{ tenantId: 'shop', name: 'shop', url: 'https://shop.example' },
      secret: encryptSecret(ringOf(old), Buffer.from('new'), 'shop'),
      secretBefore: encryptSecret(ringOf(old), Buffer.from('before'), 'shop'),
      secretBeforeUntilUs: NOON,
    },
  });
  return shown;
}

describe('rotating', () => {
  it('brings everything under the first key, says so in the audit list, and asks for the others no more', async () => {
    const shown = await fill(120);
    const ring = ringOf(fresh, old);
    await require(ring);
    const seen: number[] = [];
    const rotated = await rotateSecrets(test.database, ring, BY, { onProgress: (done) => seen.push(done) });
    expect(rotated).toEqual({
      keyId: freshId,
      suppliers: 121,
      storefronts: 2,
      feeds: 0,
      channels: 0,
      closed: [],
      retired: [oldId],
    });
    expect(seen.length).toBeGreaterThan(3);
    expect(await readKeyUse(test.database)).toEqual([
      { keyId: freshId, suppliers: 121, storefronts: 2, feeds: 0, channels: 0 },
    ]);
    expect(new Set((await active(ringOf(fresh))).map(String))).toEqual(new Set(shown.map(String)));
    const row = await test.database.storefront.findUniqueOrThrow({ where: SHOP });
    expect(String(decryptSecret(ringOf(fresh), row.secret ?? new Uint8Array(), 'shop'))).toBe('new');
    expect(String(decryptSecret(ringOf(fresh), row.secretBefore ?? new Uint8Array(), 'shop'))).toBe('before');
    const entries = await audited('secrets.rotate');
    expect(entries.reduce((sum, { after }) => sum + (after as { secrets: number }).secrets, 0)).toBe(123);
    expect(entries[0]).toMatchObject({ actor: 'ada', reason: 'yearly', tenantId: null });
    expect(await audited('secrets.retire')).toMatchObject([{ subject: `key ${oldId}` }]);
    await require(ringOf(fresh));
    await expect(require(ringOf(old))).rejects.toThrow(KeysError);
  });

  it('goes on where it was cut off, and does nothing when all is done', async () => {
    await fill(120);
    const ring = ringOf(fresh, old);
    await require(ring);
    const stop = new AbortController();
    const first = await rotateSecrets(test.database, ring, BY, {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    expect(first).toMatchObject({ suppliers: 50, storefronts: 0, retired: [] });
    // Whoever has both keys reads all of them meanwhile.
    expect(await active(ring)).toHaveLength(121);
    expect(await active(ringOf(old, fresh))).toHaveLength(121);
    expect(await rotateSecrets(test.database, ring, BY)).toMatchObject({ suppliers: 71, retired: [oldId] });
    expect(await rotateSecrets(test.database, ring, BY)).toMatchObject({
      suppliers: 0,
      storefronts: 0,
      retired: [],
    });
  });

  it('leaves what no key opens as it is, and retires nothing then', async () => {
    await fill(2);
    await test.sql(`UPDATE supplier_secret SET ciphertext = set_byte(ciphertext, 40, get_byte(ciphertext, 40) # 255)
                     WHERE id = (SELECT min(id) FROM supplier_secret)`);
    const ring = ringOf(fresh, old);
    await require(ring);
    const rotated = await rotateSecrets(test.database, ring, BY);
    expect(rotated).toMatchObject({ suppliers: 2, storefronts: 2, retired: [] });
    expect(rotated.closed).toEqual([expect.stringContaining('secret of shop/acme does not open')]);
  });

  it('can be taken back: a start with the old key in front asks for it again', async () => {
    await fill(1);
    await require(ringOf(fresh, old));
    await rotateSecrets(test.database, ringOf(fresh, old), BY);
    await require(ringOf(old, fresh));
    await expect(require(ringOf(fresh))).rejects.toThrow(oldId);
  });
});

describe('giving up what a lost key encrypted', () => {
  it('takes away the suppliers’ secrets, and gives storefronts one that nobody knows', async () => {
    await fill(1);
    const kept = await addSupplierSecret(test.database, ringOf(fresh), 'shop', 'globex');
    const gone = await discardSecrets(test.database, ringOf(fresh), BY);
    expect(gone).toEqual([
      { tenant: 'shop', supplier: 'acme' },
      { tenant: 'shop', supplier: 'acme' },
      { tenant: 'shop', supplier: null },
      { tenant: 'shop', supplier: null },
    ]);
    await require(ringOf(fresh));
    expect(await active(ringOf(fresh))).toEqual([]);
    expect(await activeSecrets(test.database, ringOf(fresh), 'shop', 'globex', NOON)).toEqual([
      parseSecret(kept),
    ]);
    const row = await test.database.storefront.findUniqueOrThrow({ where: SHOP });
    expect(row.url).toBe('https://shop.example');
    expect(keyIdOf(row.secret ?? new Uint8Array())).toBe(freshId);
    expect(await audited('secrets.discard')).toHaveLength(4);
  });
});
