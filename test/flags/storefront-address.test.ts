import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ringOf } from '../../src/access/secrets/key-ring.ts';
import { FlagError } from '../../src/flags/set-state.ts';
import { addTenant, changeTenant } from '../../src/flags/tenants.ts';
import { createOutgoing, setOutgoing } from '../../src/outgoing/outgoing.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

const secretsKeys = ringOf(randomBytes(32));
const by = { actor: 'ada', reason: 'test' };
let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test?.drop());

function leadingTo(...addresses: string[]): void {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  setOutgoing(createOutgoing([], () => Promise.resolve(found)));
  onTestFinished(() => setOutgoing(undefined));
}

describe("a storefront's address", () => {
  it.each([
    ['https://127.0.0.1/', ['1.1.1.1']],
    ['https://0x7f.1/', ['1.1.1.1']],
    ['https://[::ffff:10.0.0.1]/', ['1.1.1.1']],
    ['https://shop.example.com/', ['10.1.2.3']],
    ['https://shop.example.com/', ['1.1.1.1', 'fd00::1']],
    ['http://shop.example.com/', ['1.1.1.1']],
    ['https://user:password@shop.example.com/', ['1.1.1.1']],
    ['ftp://shop.example.com/', ['1.1.1.1']],
  ])('is refused when it is set, and nothing is changed: %s to %j', async (url, addresses) => {
    leadingTo(...addresses);
    const storefront = { url, secretsKeys };
    await expect(addTenant(test.database, { tenant: 'refused', storefront, ...by })).rejects.toThrow(
      FlagError,
    );
    expect(await test.database.tenant.count()).toBe(0);
  });

  it('is taken when it is public, and later refused for another that is not', async () => {
    leadingTo('1.1.1.1');
    const set = (url: string) =>
      changeTenant(test.database, { tenant: 'shop', storefront: { url, secretsKeys }, ...by });
    await addTenant(test.database, { tenant: 'shop', ...by });
    await set('https://shop.example.com/hooks');
    leadingTo('127.0.0.1');
    await expect(set('https://other.example.com')).rejects.toThrow(
      /other\.example\.com leads to 127\.0\.0\.1/,
    );
    expect(await test.database.storefront.findMany()).toMatchObject([
      { url: 'https://shop.example.com/hooks' },
    ]);
  });
});
