import { UnknownTenantError } from '../../src/database/known-tenant.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/client.ts';
import { changeTenant } from '../../src/flags/tenants.ts';
import { FlagError } from '../../src/flags/set-state.ts';
import { openCanary } from '../../src/gate/open-canary.ts';
import { rollBack } from '../../src/gate/roll-back.ts';
import { readWatches } from '../../src/gate/watch-rows.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { record } from '../support/record.ts';
import { closedTenant, command, confirmAll, watchedEnough } from './launch.ts';
import { publishedEvent } from './published-event.ts';

let test: TestDatabase;
let tenant: string;
let no = 0;

beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test?.drop());
beforeEach(async () => {
  tenant = `shop-${(no += 1)}`;
  await closedTenant(test.database, tenant, ['acme', 'globex']);
  await confirmAll(test.database, tenant);
  await openCanary(test.database, {
    ...(await command(test.database, tenant)),
    suppliers: ['acme', 'globex'],
  });
});

const by = () => ({ tenant, actor: 'ada', reason: 'wrong prices' });
const rollbacks = () =>
  test.database.auditEntry.findMany({ where: { tenantId: tenant, action: 'gate.rollback' } });

async function savedEvent(id: string, supplier = 'acme') {
  await record(test.database, tenant, supplier, [
    { eventId: id, sku: id.toUpperCase(), quantity: 1, updatedAt: 1n },
  ]);
  const [row] = await test.sql<{ seq: string; outcome: string; version: number }>(
    `SELECT e.seq, s.outcome, s.version FROM supplier_event e
      CROSS JOIN LATERAL save_catalog_item(e.seq, $1, $2, NULL) s
      WHERE e.tenant_id = $3 AND e.event_id = $4`,
    [`${tenant}:${id.toUpperCase()}`, id.toUpperCase(), tenant, id],
  );
  if (!row) throw new Error('not saved');
  return {
    ...row,
    begin: async () => {
      const [begun] = await test.sql<{ verdict: string; attempt_id: string | null }>(
        'SELECT verdict, attempt_id FROM begin_publish_attempt($1, $2, $3, $4, $5, NULL)',
        [row.seq, `${tenant}:${id.toUpperCase()}`, row.version, 'workflow', `msg-${id}`],
      );
      return begun;
    },
  };
}

describe('a rollback', () => {
  it('closes the tenant, says who is sending, and is audited; suppliers stay as they were', async () => {
    const event = await savedEvent('e-1');
    await event.begin();
    await publishedEvent(test, { tenant, supplier: 'acme', id: 'done', sku: 'DONE' });
    const done = await rollBack(test.database, by());
    expect(done).toMatchObject({
      tenant,
      supplier: null,
      before: 'canary',
      after: 'closed',
      sending: [{ itemId: `${tenant}:E-1`, version: 1, supplier: 'acme', eventId: 'e-1' }],
    });
    expect(await rollbacks()).toMatchObject([
      {
        actor: 'ada',
        reason: 'wrong prices',
        before: { state: 'canary' },
        after: { state: 'closed', sending: 1 },
      },
    ]);
    const suppliers = await test.database.supplier.findMany({ where: { tenantId: tenant } });
    expect(suppliers.map(({ state }) => state)).toEqual(['open', 'open']);
  });

  it('done again changes nothing, and still says who is sending', async () => {
    await rollBack(test.database, by());
    const again = await rollBack(test.database, by());
    expect(again).toMatchObject({ before: 'closed', after: 'closed', sending: [] });
    expect(await rollbacks()).toHaveLength(1);
  });

  it('lets no attempt begin, and holds what comes', async () => {
    const before = await savedEvent('before');
    await rollBack(test.database, by());
    expect(await before.begin()).toEqual({ verdict: 'withheld', attempt_id: null });
    expect(await savedEvent('after')).toMatchObject({ outcome: 'held' });
  });

  it('of one supplier holds that one only, and begins the watch anew', async () => {
    await watchedEnough(test.database, tenant);
    const [watch] = await readWatches(test.database, tenant);
    const done = await rollBack(test.database, { ...by(), supplier: 'globex' });
    expect(done).toMatchObject({ supplier: 'globex', before: 'open', after: 'closed' });
    expect(await savedEvent('one', 'globex')).toMatchObject({ outcome: 'held' });
    expect(await savedEvent('two', 'acme')).toMatchObject({ outcome: 'won' });
    const [anew] = await readWatches(test.database, tenant);
    expect(anew).toMatchObject({ watched: 0n, number: (watch?.number ?? 0) + 1 });
  });

  it('begins the watch anew, however the tenant is opened again', async () => {
    await watchedEnough(test.database, tenant);
    await rollBack(test.database, by());
    expect(await readWatches(test.database, tenant)).toMatchObject([{ watched: 0n, sampledAt: null }]);
  });

  it('is not the only thing that does: whoever sets the state by hand has it watched anew', async () => {
    const set = (state: 'canary' | 'open') =>
      changeTenant(test.database, { tenant, state, actor: 'ada', reason: 'by hand' });
    const watched = async () => (await readWatches(test.database, tenant))[0]?.watched;
    await watchedEnough(test.database, tenant);
    await set('open');
    expect(await watched()).not.toBe(0n);
    await set('canary');
    expect(await watched()).toBe(0n);
  });

  it('of what does not exist, or of manual fixes, is an error', async () => {
    await expect(rollBack(test.database, { ...by(), tenant: 'nobody' })).rejects.toBeInstanceOf(
      UnknownTenantError,
    );
    await expect(rollBack(test.database, { ...by(), supplier: 'nobody' })).rejects.toBeInstanceOf(FlagError);
    await expect(rollBack(test.database, { ...by(), supplier: 'manual' })).rejects.toThrow(
      /roll back tenant/,
    );
  });

  it('waits for an attempt that is just beginning, and lists it', async () => {
    const event = await savedEvent('racing');
    const database = openDatabase(test.url, { connections: 1 });
    try {
      let rolled: ReturnType<typeof rollBack> | undefined;
      let isDone = false;
      await database.$transaction(async (transaction) => {
        await transaction.$queryRaw`
          SELECT attempt_id FROM begin_publish_attempt(${BigInt(event.seq)}, ${`${tenant}:RACING`}, 1, 'w', 'm', NULL)`;
        rolled = rollBack(test.database, by()).finally(() => {
          isDone = true;
        });
        await test.sql('SELECT pg_sleep(0.2)');
        expect(isDone).toBe(false);
      });
      expect((await rolled)?.sending).toMatchObject([{ eventId: 'racing' }]);
    } finally {
      await database.$disconnect();
    }
  });
});
