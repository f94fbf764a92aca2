import { afterAll, beforeAll, expect, it } from 'vitest';
import { databaseNow } from '../../src/database/clock.ts';
import { formatTime } from '../../src/domain/time.ts';
import { LEAST_DAYS } from '../../src/retention/least-age.ts';
import { openRun, PruneUnderWay } from '../../src/retention/prune-run.ts';
import { pruneTenant } from '../../src/retention/prune-tenant.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';

const DAY_US = 86_400_000_000n;
const tenant = 'shop';
let db: TestDatabase;

beforeAll(async () => {
  db = await testDatabase();
  await openTenant(db.database, tenant, ['acme']);
});
afterAll(() => db?.drop());

it('is the same in the database', async () => {
  expect(await db.sql('SELECT least_age_us()::text AS age')).toEqual([
    { age: String(BigInt(LEAST_DAYS) * DAY_US) },
  ]);
});

it('holds whoever asks the database itself, when a prune begins and at each of its steps', async () => {
  const cutoff = (await databaseNow(db.database)) - BigInt(LEAST_DAYS) * DAY_US + 60_000_000n;
  const pruner = db.as('pruner');
  await expect(openRun(pruner, { tenant, cutoff, actor: 'eve' }, undefined)).rejects.toThrow(
    'what is younger than 172800 s is not pruned',
  );
  const [{ id } = { id: 0 }] = await db.sql<{ id: number }>(
    `INSERT INTO prune_run (tenant_id, actor, cutoff_us) VALUES ($1, 'eve', $2) RETURNING id`,
    [tenant, cutoff],
  );
  await expect(pruner.$queryRaw`SELECT prune_events(${id}::integer, NULL, ARRAY[1::bigint])`).rejects.toThrow(
    `prune ${id} is of what is younger`,
  );
  await db.sql(`DELETE FROM prune_run`);
});

it('stands in the audit list with the run that kept it', async () => {
  const cutoff = (await databaseNow(db.database)) - 3n * DAY_US;
  const origin = {
    principal: { kind: 'cli', name: 'root' },
    ...{ tokenId: null, requestId: null, address: 'cli' },
  } as const;
  const id = await openRun(db.as('pruner'), { tenant, cutoff, actor: 'ada', origin }, 'shop-1');
  expect(await db.database.auditEntry.findMany()).toMatchObject([
    {
      ...{ tenantId: tenant, actor: 'ada', action: 'prune.run', subject: `prune/${id}` },
      ...{ principalKind: 'cli', principalName: 'root', address: 'cli' },
      after: { cutoff: formatTime(cutoff), archive: 'shop-1' },
    },
  ]);
  await db.sql(`DELETE FROM prune_run`);
});

it('a tenant that is being erased is not pruned, and gets no archive', async () => {
  await db.sql(`UPDATE tenant SET state = 'closed'`);
  await db.as('operator').$executeRaw`SELECT begin_erasure(${tenant}, 'ada', 'contract ended')`;
  const request = { tenant, cutoff: 1n, actor: 'eve' };
  const refused = pruneTenant(db.as('pruner'), request, { archiveDir: '/nowhere' });
  await expect(refused).rejects.toBeInstanceOf(PruneUnderWay);
  await db.sql(`UPDATE prune_run SET seen_at_us = 1`);
  await expect(openRun(db.as('pruner'), request, undefined)).rejects.toThrow(
    'tenant shop is being erased, or was',
  );
});
