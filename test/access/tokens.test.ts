import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
