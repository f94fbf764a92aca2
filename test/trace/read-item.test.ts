import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../../src/database/client.ts';
import { readItem } from '../../src/trace/read-item.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { goBy, saveEvent } from '../support/ledger.ts';

let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase({ connections: 3 });
  await openTenant(test.database, 'shop', ['acme', 'globex']);
  await goBy(test.database, 'shop', { rule: 'sum' });
});
afterAll(() => test?.drop());

const says = (supplier: string, quantity: number) =>
  saveEvent(test, 'shop', 'CHAIR', {
    ...{ supplier, eventId: 'e-1', quantity, location: '' },
    updatedAt: 1_780_000_000_000_000n,
  });

it('an item and its shares are of one moment, whatever is decided in between', async () => {
  await says('acme', 5);
  const interrupted = test.database.$extends({
    query: {
      catalogItem: {
        findUnique: async ({ args, query }) => {
          const row = await query(args);
          await says('globex', 6);
          return row;
        },
      },
    },
  });
  const item = await readItem(interrupted as unknown as Database, 'shop', 'shop:CHAIR');
  expect(item).toMatchObject({ quantity: 5, stock: 5, shares: [{ supplier: 'acme' }] });
  expect(await readItem(test.database, 'shop', 'shop:CHAIR')).toMatchObject({ quantity: 11, stock: 11 });
});
