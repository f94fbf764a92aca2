import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { countFailureModes } from '../../src/ledger/count-failure-modes.ts';
import { listEvents } from '../../src/ledger/list-events.ts';
import { readOutcomes } from '../../src/ledger/outcomes.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';

let db: TestDatabase;
const event = { eventId: 'e-1', sku: 'CHAIR', quantity: 1, updatedAt: 1n };
const MIGRATION = 'prisma/migrations/20261126000500_retention/migration.sql';

beforeAll(async () => {
  db = await testDatabase();
  await openTenant(db.database, 'shop', ['acme']);
  await record(db.database, 'shop', 'acme', [event]);
  for (let no = 0; no < 14; no += 1) {
    await record(db.database, 'shop', 'acme', [event, { ...event, quantity: 2 + no }]);
  }
});
afterAll(() => db.drop());

const kept = () =>
  db.sql(
    `SELECT conflict, count(*)::integer, min((content ->> 'quantity')::integer) AS from
       FROM duplicate_delivery GROUP BY 1 ORDER BY 1`,
  );

it('are all counted, and the last ten of each kind are kept', async () => {
  expect(await kept()).toEqual([
    { conflict: false, count: 10, from: null },
    { conflict: true, count: 10, from: 6 },
  ]);
  const [listed] = await listEvents(db.database, { tenant: 'shop' }, { before: undefined, limit: 10 });
  expect(listed).toMatchObject({ duplicates: 14, conflicts: 14 });
  expect(await readOutcomes(db.database, 'shop')).toMatchObject({ duplicates: 14, conflicts: 14 });
  const counts = await countFailureModes(db.database, 'shop', 0n);
  expect(
    counts.filter(({ count }) => count > 0).map(({ failureMode, count }) => [failureMode, count]),
  ).toEqual([
    ['duplicate_event', 14],
    ['conflicting_event', 14],
  ]);
});

it('of a ledger from before they were counted are counted by the migration, and cut down', async () => {
  await db.sql('DELETE FROM duplicate_count');
  await db.sql(
    `INSERT INTO duplicate_delivery (seq, received_at_us, conflict)
     SELECT d.seq, n, false FROM (SELECT DISTINCT seq FROM duplicate_delivery) d, generate_series(1, 5) n`,
  );
  const text = readFileSync(path.join(projectRoot(), MIGRATION), 'utf8');
  await db.sql(text.slice(text.indexOf('-- What was delivered again so far')));
  expect(await db.sql('SELECT duplicates, conflicts FROM duplicate_count')).toEqual([
    { duplicates: 15, conflicts: 10 },
  ]);
  expect(await kept()).toMatchObject([{ count: 10 }, { count: 10 }]);
});
