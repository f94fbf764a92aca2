import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listUnknownSkus } from '../../src/aliases/unknown-skus.ts';
import { changeTenant } from '../../src/flags/tenants.ts';
import { readHeldEvents } from '../../src/gate/held-events.ts';
import { countWindow } from '../../src/replay/replay-window.ts';
import { findTraces } from '../../src/trace/find-trace.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { alias, arrive, BY, decideDue, events, figures, onUnknown, TENANT } from './alias-world.ts';

let test: TestDatabase;

beforeEach(async () => {
  test = await testDatabase({ connections: 10 });
  await openTenant(test.database, TENANT, ['acme', 'globex']);
  await onUnknown(test, 'hold');
});
afterEach(() => test?.drop());

const unknown = (supplier?: string) =>
  test
    .as('reader')
    .$transaction((transaction) => listUnknownSkus(transaction, { tenant: TENANT, supplier }, 100));
const release = () => test.as('worker').$queryRaw`SELECT release_held_events(100)`;
const dueOrder = () =>
  test.sql<{ id: string }>(
    'SELECT event_id AS id FROM supplier_event WHERE start_due_us IS NOT NULL ORDER BY start_due_us',
  );

describe('an event whose code has no alias', () => {
  it('is held, in no flag and no replay, until it has one', async () => {
    await arrive(test, 'e-1', ['4711', 3]);
    await release();
    expect(await figures(test)).toEqual({});
    expect(await events(test)).toMatchObject([{ id: 'e-1', sku: '4711', quantity: 3, outcome: 'held' }]);
    expect(await readHeldEvents(test.database, TENANT)).toEqual(
      new Map([
        ['acme', 0],
        ['globex', 0],
      ]),
    );
    const window = {
      tenant: TENANT,
      by: 'updated_at',
      since: 0n,
      until: 100n,
      asOf: 9_000_000_000_000_000n,
    } as const;
    expect(await countWindow(test.database, window)).toBe(0);
    expect(
      await test.sql(
        'SELECT f.* FROM supplier_event e, supplier_flow($1) f WHERE trace_is_due(e, f.flows, f.opened_us, now_us() + 99999999999)',
        [[TENANT]],
      ),
    ).toEqual([]);

    expect((await alias(test, ['4711 CHAIR 12'])).released).toBe(1);
    expect(await events(test)).toMatchObject([{ sku: 'CHAIR', quantity: 36, outcome: 'pending' }]);
    expect(await figures(test)).toEqual({ CHAIR: 36 });
    expect(await events(test)).toMatchObject([{ outcome: 'won', gap: null }]);
    expect(await arrive(test, 'e-1', ['4711', 3])).toMatchObject([{ status: 'duplicate' }]);
  });

  it('is told by trace, with what it waits for', async () => {
    await arrive(test, 'e-1', ['4711', 3]);
    const [found] = await findTraces(
      test.database,
      { key: '4711', tenant: TENANT },
      { temporalUiUrl: 'http://ui.test', namespace: 'x' },
    );
    const why = "unknown_sku: acme's code 4711 has no alias that fits, and waits for one";
    expect(found?.trace.events).toMatchObject([{ outcome: 'held', rule: why, alias: why }]);
    expect(found?.trace.answer).toContain('held, because the code has no alias (unknown_sku)');
  });

  it('is on a list, with SKUs that look like its code', async () => {
    await alias(test, ['C-1 CHAIR-01']);
    await arrive(test, 'e-0', ['C-1', 1]);
    await decideDue(test);
    await arrive(test, 'e-1', ['chair-02', 3]);
    await arrive(test, 'e-2', ['CHAIR-02', 4, 2n]);
    await arrive(test, 'g-1', ['00012345678905', 9], 'globex');
    await arrive(test, 'g-2', ['12345678905', 8, 2n], 'globex');
    await arrive(test, 'g-3', ['X', 1], 'globex');
    expect(await unknown()).toMatchObject([
      { supplier: 'acme', code: 'CHAIR-02', count: 2, lastQuantity: 4, tooMuch: false, near: ['CHAIR-01'] },
      { supplier: 'globex', code: '12345678905', count: 2, lastQuantity: 8 },
      { supplier: 'globex', code: 'X', count: 1 },
    ]);
    expect((await unknown('acme')).map(({ code }) => code)).toEqual(['CHAIR-02']);
  });

  it('flows as it is once the tenant takes such codes, and those of the others with it', async () => {
    await arrive(test, 'e-1', ['A', 3]);
    await arrive(test, 'e-2', ['B', 4]);
    await onUnknown(test, 'take');
    expect(await dueOrder()).toEqual([{ id: 'e-1' }, { id: 'e-2' }]);
    expect(await figures(test)).toEqual({ A: 3, B: 4 });
    expect(await events(test)).toMatchObject([{ gap: null }, { gap: null }]);
    expect(
      await test.database.auditEntry.findMany({
        where: { action: 'tenant.unknown_skus' },
        orderBy: { id: 'asc' },
      }),
    ).toMatchObject([
      { before: { unknownSkus: 'take' }, after: { unknownSkus: 'hold' } },
      { before: { unknownSkus: 'hold' }, after: { unknownSkus: 'take', released: 2 } },
    ]);
  });

  it('that was mapped while its supplier is closed is held by the flag from then on', async () => {
    await test.database.supplier.update({
      where: { tenantId_id: { tenantId: TENANT, id: 'acme' } },
      data: { state: 'closed' },
    });
    await arrive(test, 'e-1', ['4711', 3]);
    await alias(test, ['4711 CHAIR']);
    expect(await figures(test)).toEqual({});
    expect(await events(test)).toMatchObject([{ sku: 'CHAIR', outcome: 'held' }]);
    await test.database.supplier.update({
      where: { tenantId_id: { tenantId: TENANT, id: 'acme' } },
      data: { state: 'open' },
    });
    await release();
    expect(await figures(test)).toEqual({ CHAIR: 3 });
  });

  it('goes with its tenant', async () => {
    await arrive(test, 'e-1', ['4711', 3]);
    await changeTenant(test.as('operator'), { tenant: TENANT, state: 'closed', ...BY });
    await alias(test, ['0815 DESK']);
    await test.sql(`INSERT INTO prune_run (tenant_id, actor, cutoff_us) VALUES ('shop', 'x', 1)`);
    await test.sql(
      `INSERT INTO tenant_erasure (tenant_id, actor, reason, prune_id) SELECT 'shop', 'x', 'x', id FROM prune_run`,
    );
    for (let left = 1; left > 0;) {
      const [row] = await test.sql<{ left: number }>(`SELECT erase_tenant_rows('shop', 100) AS left`);
      left = row?.left ?? 0;
    }
    expect(await test.database.skuAlias.count()).toBe(0);
    expect(await test.database.eventCode.count()).toBe(0);
  });
});

describe('an import', () => {
  it('releases what waited in the order in which it came', async () => {
    for (const [index, code] of ['B', 'A', 'C', 'A', 'B'].entries()) {
      await arrive(test, `e-${index}`, [code, index, BigInt(index)]);
    }
    expect((await alias(test, ['A ONE', 'B TWO'])).released).toBe(4);
    expect((await dueOrder()).map(({ id }) => id)).toEqual(['e-0', 'e-1', 'e-3', 'e-4']);
  });

  it('that would be only tried changes nothing, and says what it would release', async () => {
    await arrive(test, 'e-1', ['4711', 3]);
    expect(await alias(test, ['4711 CHAIR'], { dryRun: true })).toMatchObject({ added: 1, released: 1 });
    expect([await test.database.skuAlias.count(), (await unknown()).length]).toEqual([0, 1]);
    expect(await test.database.auditEntry.count({ where: { action: 'alias.import' } })).toBe(0);
  });

  it('again changes nothing, and keeps the day of what means the same', async () => {
    await alias(test, ['4711 CHAIR 12', 'B DESK']);
    const before = await test.database.skuAlias.findMany();
    expect(await alias(test, ['4711 chair 12'])).toEqual({ added: 0, changed: 0, unchanged: 1, released: 0 });
    expect(await test.database.skuAlias.findMany()).toEqual(before);
    expect(await test.database.auditEntry.count({ where: { action: 'alias.import' } })).toBe(1);
  });

  it('in the midst of deliveries leaves no event behind that has an alias', async () => {
    const deliveries = Array.from({ length: 60 }, (_, index) =>
      arrive(test, `e-${index}`, [`C${index % 6}`, index, BigInt(index)], index % 2 ? 'acme' : 'globex'),
    );
    const imports = ['acme', 'globex'].map(async (supplier) => {
      for (const code of ['C0', 'C1', 'C2', 'C3', 'C4', 'C5']) {
        await alias(test, [`${code} ITEM-${code}`], { supplier });
      }
    });
    await Promise.all([...deliveries, ...imports]);
    expect(await unknown()).toEqual([]);
    const all = await events(test);
    expect(all).toHaveLength(60);
    expect(all.every(({ sku, outcome }) => sku.startsWith('ITEM-') && outcome === 'pending')).toBe(true);
    await decideDue(test);
    expect((await events(test)).filter(({ gap }) => gap !== null)).toEqual([]);
  });
});
