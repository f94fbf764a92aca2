import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimSupplierEvents } from '../../src/ledger/claim-supplier-events.ts';
import { seconds } from '../../src/domain/time.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';

let db: TestDatabase;

beforeEach(async () => {
  db = await testDatabase();
  for (const tenant of ['noisy', 'quiet', 'silent']) await openTenant(db.database, tenant, ['acme']);
});
afterEach(() => db.drop());

const send = (tenant: string, count: number) =>
  record(
    db.database,
    tenant,
    'acme',
    Array.from({ length: count }, (_, no) => ({
      eventId: `e-${no}`,
      sku: `SKU-${no}`,
      quantity: no,
      updatedAt: seconds(1_780_000_000),
    })),
  );

/** @returns how many events were claimed, by tenant */
async function claim(options: { window?: number; share?: number; limit?: number; worker?: string } = {}) {
  const claimed = await claimSupplierEvents(db.database, {
    worker: 'w',
    window: 8,
    share: 8,
    limit: 25,
    leaseSeconds: 60,
    ...options,
  });
  const counts: Record<string, number> = {};
  for (const { input } of claimed) counts[input.tenant] = (counts[input.tenant] ?? 0) + 1;
  return counts;
}

describe('claimSupplierEvents', () => {
  it('gives a tenant at most its share, in one claim and over many, and the rest of the window to others', async () => {
    await send('noisy', 20);
    expect(await claim({ share: 2 })).toEqual({ noisy: 2 });
    expect(await claim({ share: 2 })).toEqual({});
    await send('quiet', 3);
    expect(await claim({ share: 2 })).toEqual({ quiet: 2 });
    expect(await claim({ share: 2, worker: 'another' })).toEqual({ noisy: 2, quiet: 1 });
    expect(await claim({ share: 8 })).toEqual({ noisy: 4 });
    expect(await claim({ share: 8 })).toEqual({});
  });

  it('lets those go first that have the fewest under way', async () => {
    await send('noisy', 20);
    expect(await claim({ limit: 4 })).toEqual({ noisy: 4 });
    await send('quiet', 1);
    await send('silent', 1);
    expect(await claim({ limit: 1, window: 5 })).not.toHaveProperty('noisy');
    expect(await claim({ limit: 1, window: 6 })).not.toHaveProperty('noisy');
    expect(await claim({ limit: 1, window: 7 })).toEqual({ noisy: 1 });
  });

  it('counts no event whose lease has ended', async () => {
    await send('noisy', 6);
    expect(await claim({ share: 2 })).toEqual({ noisy: 2 });
    await db.sql("UPDATE supplier_event SET start_due_us = now_us() - 1 WHERE started_by = 'w'");
    expect(await claim({ share: 2 })).toEqual({ noisy: 2 });
  });

  it('serves a worker of the version before, which names no share', async () => {
    await send('noisy', 20);
    expect(await db.sql("SELECT seq FROM claim_supplier_events('old', 8, 25, 60000000)")).toHaveLength(8);
  });
});
