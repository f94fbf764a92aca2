import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addToken, WrongTokenScope } from '../../src/access/issue-tokens.ts';
import { createToken, findPrincipal } from '../../src/access/tokens.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test?.drop());

describe('a token', () => {
  it('has its id in it, 32 random bytes, and is kept as a hash only', () => {
    const { id, token, hash } = createToken();
    expect(token).toMatch(new RegExp(`^cst_${id}_[A-Za-z0-9_-]{43}$`));
    expect(Buffer.from(hash)).toEqual(createHash('sha256').update(token).digest());
    expect(createToken().token).not.toBe(token);
  });

  it('speaks for whom it was issued to, until it is revoked', async () => {
    await test.database.tenant.create({ data: { id: 'canary' } });
    const { id, token, hash } = createToken();
    await test.database.apiToken.create({
      data: { id, name: 'console', role: 'support', tokenHash: hash, tenantId: 'canary' },
    });
    expect(await findPrincipal(test.database, token)).toEqual({
      tokenId: id,
      name: 'console',
      role: 'support',
      tenant: 'canary',
    });
    expect(
      await findPrincipal(test.database, `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`),
    ).toBeUndefined();
    await test.database.apiToken.update({ where: { id }, data: { revokedAtUs: 1n } });
    expect(await findPrincipal(test.database, token)).toBeUndefined();
  });
});

describe('a token of the role supplier', () => {
  it('is of one supplier, and speaks for it; no other token is of any', async () => {
    await test.database.tenant.create({ data: { id: 'shop' } });
    await test.database.supplier.create({ data: { tenantId: 'shop', id: 'acme' } });
    const wanted = { name: 'dev', actor: 'test' };
    const own = { role: 'supplier', tenant: 'shop', supplier: 'acme' } as const;
    const { token } = await addToken(test.database, { ...wanted, ...own });
    expect(await findPrincipal(test.database, token)).toMatchObject({
      role: 'supplier',
      tenant: 'shop',
      supplier: 'acme',
    });
    const refused = [
      { role: 'supplier', tenant: 'shop' },
      { role: 'supplier', supplier: 'acme' },
      { role: 'viewer', tenant: 'shop', supplier: 'acme' },
    ] as const;
    for (const one of refused) {
      await expect(addToken(test.database, { ...wanted, ...one })).rejects.toThrow(WrongTokenScope);
      const { id, hash } = createToken();
      const { role, tenant, supplier } = { tenant: null, supplier: null, ...one };
      await expect(
        test.sql(
          'INSERT INTO api_token (id, name, role, tenant_id, supplier_id, token_hash) VALUES ($1, $1, $2, $3, $4, $5)',
          [id, role, tenant, supplier, Buffer.from(hash)],
        ),
      ).rejects.toThrow(/api_token_of_supplier/);
    }
    const nobody = addToken(test.database, {
      ...wanted,
      role: 'supplier',
      tenant: 'shop',
      supplier: 'nobody',
    });
    await expect(nobody).rejects.toThrow('has no supplier nobody');
  });
});
