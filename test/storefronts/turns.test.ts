import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { endStorefrontTurn, takeStorefrontTurn } from '../../src/ledger/storefront-turn.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { shopAt } from '../support/shop-at.ts';

const SHOP = { tenant: 'canary', storefront: 'shop' };
const HOLD_MS = 60_000;
let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
  await openTenant(test.database, 'canary', ['acme']);
});
beforeEach(() => shopAt(test.sql, 'http://127.0.0.1:1', 'canary'));
afterAll(() => test?.drop());

const limit = (limits: object | null) =>
  test.sql(
    "UPDATE storefront SET limits = $1, next_call_us = 0, calls_until_us = '{}' WHERE tenant_id = 'canary'",
    [limits && JSON.stringify(limits)],
  );
const take = (of = SHOP) => takeStorefrontTurn(test.database, of, HOLD_MS);
const granted = async (count: number) =>
  (await Promise.all(Array.from({ length: count }, () => take()))).flatMap((one) =>
    'turn' in one ? [one.turn] : [],
  );

describe('a turn at a storefront', () => {
  it('is given to as many as may call at once, whoever asks, and again when one has ended', async () => {
    await limit({ callsAtOnce: 3 });
    const turns = await granted(16);
    expect(new Set(turns).size).toBe(3);
    expect(turns).toHaveLength(3);
    expect(await take()).toEqual({ waitMs: 100 });
    await endStorefrontTurn(test.database, SHOP, turns[0] ?? 0n);
    await endStorefrontTurn(test.database, SHOP, turns[0] ?? 0n);
    expect(await granted(16)).toHaveLength(1);
  });

  it('is given once in the time between two calls', async () => {
    await limit({ callsPerSecond: 0.01 });
    expect(await granted(16)).toHaveLength(1);
    const next = await take();
    expect(next).toMatchObject({ waitMs: expect.any(Number) });
    await test.sql('UPDATE storefront SET next_call_us = now_us()');
    expect(await granted(16)).toHaveLength(1);
  });

  it('comes back from one that never ended, and from a clock that went back', async () => {
    await limit({ callsAtOnce: 1, callsPerSecond: 0.01 });
    await test.sql('UPDATE storefront SET calls_until_us = ARRAY[now_us() - 1]');
    expect(await granted(1)).toHaveLength(1);
    await test.sql(
      'UPDATE storefront SET next_call_us = now_us() + 3600000000, calls_until_us = ARRAY[now_us() + 3600000000]',
    );
    expect(await granted(1)).toHaveLength(1);
  });

  it('is one at a time where only the items of a call are limited, and always free without limits', async () => {
    await limit({ itemsPerCall: 50 });
    expect(await granted(4)).toHaveLength(1);
    await limit(null);
    expect(await granted(4)).toHaveLength(4);
    expect('turn' in (await take({ tenant: 'canary', storefront: 'nobody' }))).toBe(true);
  });
});
