import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ProcessRole } from '../../src/database/roles.ts';
import { NamedClient } from '../../src/database/named-client.ts';
import { until } from '../support/until.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { cli, type Cli } from './run.ts';

let test: TestDatabase;
let shell: Cli;
let applied: { id: string; migration_name: string; checksum: string }[];

beforeAll(async () => {
  test = await testDatabase();
  shell = await cli({
    DATABASE_URL: test.url,
    SECRETS_KEY: randomBytes(32).toString('base64'),
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    PORT: '0',
    METRICS_PORT: '0',
  });
  applied = await migrations();
});
afterEach(async () => {
  for (const { id, migration_name: name, checksum } of applied) {
    await test.sql('UPDATE _prisma_migrations SET migration_name = $2, checksum = $3 WHERE id = $1', [
      id,
      name,
      checksum,
    ]);
  }
});
afterAll(async () => {
  await shell?.close();
  await test?.drop();
});

const migrations = () =>
  test.sql<{ id: string; migration_name: string; checksum: string }>(
    'SELECT id, migration_name, checksum FROM _prisma_migrations ORDER BY migration_name',
  );

describe('setup', () => {
  it('refuses a database whose migrations were altered, names them, and does nothing', async () => {
    await test.sql(`UPDATE _prisma_migrations SET checksum = 'x' WHERE migration_name LIKE '%_functions'`);
    const before = await migrations();
    const { code, stdout, stderr } = await shell.run(['setup']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^applying the migrations\nerror: \d+_functions is not the migration that the database was made with: .*\.\n$/,
    );
    expect(await migrations()).toEqual(before);
  });

  it('names what in the database is not ours', async () => {
    await test.sql('ALTER FUNCTION true_winner VOLATILE');
    try {
      const { code, stdout, stderr } = await shell.run(['setup', '--json']);
      expect([code, JSON.parse(stdout)]).toMatchObject([
        0,
        { migrated: true, altered: ['true_winner differs'] },
      ]);
      expect(stderr).toContain('warning: in the database, true_winner differs\n');
    } finally {
      await test.sql('ALTER FUNCTION true_winner STABLE');
    }
    const { stdout, stderr } = await shell.run(['setup', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ altered: [] });
    expect(stderr).not.toContain('warning');
  });
});

describe('a migration', () => {
  const rows = () =>
    test.sql<{ finished: boolean; rolled_back: boolean }>(
      `SELECT finished_at IS NOT NULL AS finished, rolled_back_at IS NOT NULL AS rolled_back FROM _prisma_migrations
        WHERE migration_name LIKE '%_young_backlogs' ORDER BY started_at`,
    );

  it('that was broken off is applied again', async () => {
    await test.sql(
      `UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name LIKE '%_young_backlogs'`,
    );
    expect(await shell.run(['setup', '--json'])).toMatchObject({ code: 0 });
    expect(await rows()).toEqual([
      { finished: false, rolled_back: true },
      { finished: true, rolled_back: false },
    ]);
  });

  it('waits for a table that somebody reads for long, without keeping others from it', async () => {
    await test.sql(`DELETE FROM _prisma_migrations WHERE migration_name LIKE '%_traceparent'`);
    await test.sql('ALTER TABLE supplier_event DROP COLUMN traceparent');
    const reader = new NamedClient({ connectionString: test.url });
    await reader.connect();
    try {
      await reader.query('BEGIN; SELECT 1 FROM supplier_event LIMIT 1');
      let ended = false;
      const running = shell.run(['setup', '--json']).finally(() => {
        ended = true;
      });
      const waiting = async () =>
        (
          await test.sql(
            `SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'
                AND relation = 'supplier_event'::regclass`,
          )
        ).length > 0;
      // Once more, after it has let others pass.
      for (const wanted of [true, false, true]) await until(async () => (await waiting()) === wanted, 30_000);
      expect(ended).toBe(false);
      await reader.query('COMMIT');
      expect(await running).toMatchObject({ code: 0 });
    } finally {
      await reader.end();
    }
  });
});

describe('two at once', () => {
  it('set a new database up, and both end well', async () => {
    const url = new URL(test.url);
    url.pathname = `/two_${randomBytes(6).toString('hex')}`;
    const env = { DATABASE_URL: url.href };
    try {
      const both = await Promise.all([1, 2].map(() => shell.run(['setup', '--json'], { env })));
      for (const { code, stdout, stderr } of both)
        expect([stderr, code, stdout]).toEqual([stderr, 0, expect.stringContaining('"migrated":true')]);
    } finally {
      await test.sql(`DROP DATABASE IF EXISTS ${url.pathname.slice(1)} WITH (FORCE)`);
    }
  });
});

describe('a database of a later version', () => {
  const later = (name: string) =>
    test.sql(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES (md5($1::text), 'x', $1::text, now(), 1)`,
      [name],
    );
  const forget = () => test.sql(`DELETE FROM _prisma_migrations WHERE migration_name LIKE '2099%'`);

  it('is left as it is by setup, rights and all: what runs there may be of that version', async () => {
    await later('20990101000000_more');
    await test.sql('GRANT UPDATE (url) ON storefront TO catalog_sync_worker');
    try {
      const { code, stdout, stderr } = await shell.run(['setup', '--json']);
      expect([code, JSON.parse(stdout)]).toMatchObject([0, { migrated: false, altered: [] }]);
      expect(stderr).toContain(
        'a later version has set the database up: its tables and rights are left as they are\n',
      );
      const [row] = await test.sql<{ kept: boolean }>(
        `SELECT has_column_privilege('catalog_sync_worker', 'storefront', 'url', 'UPDATE') AS kept`,
      );
      expect(row).toEqual({ kept: true });
    } finally {
      await forget();
      await test.sql('REVOKE UPDATE (url) ON storefront FROM catalog_sync_worker');
    }
  });

  it.each(['setup', 'worker', 'server'])(
    'that took away what this one uses is left alone by %s, in one sentence',
    async (command) => {
      await later('20990101000000_one_table_less_needs_99_0_0');
      try {
        const env = command === 'setup' ? {} : { DATABASE_URL: test.urlOf(command as ProcessRole) };
        const { code, stderr } = await shell.run([command], { env });
        expect(code).toBe(1);
        expect(stderr).toMatch(
          /error: The database has the migration 2099\d+_one_table_less_needs_99_0_0: release 99\.0\.0 or a later one works with it, and this is [\d.]+\. Start such a release, .*\(docs\/releases\.md\)\.\n$/,
        );
      } finally {
        await forget();
      }
    },
  );
});

describe('a database that is not set up for this version', () => {
  it.each(['worker', 'server'])('is left alone by %s until setup has run', async (command) => {
    const last = applied.at(-1)?.migration_name;
    await test.sql('UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = $1', [last]);
    try {
      const { code, stderr } = await shell.run([command], {
        env: { DATABASE_URL: test.urlOf(command as ProcessRole) },
      });
      expect(code).toBe(1);
      expect(stderr).toContain(
        `error: The database is not set up for this version: it lacks the migration ${last}. Run \`catalog-sync setup\` of this version`,
      );
    } finally {
      await test.sql('UPDATE _prisma_migrations SET finished_at = now() WHERE migration_name = $1', [last]);
    }
  });
});

describe('a database of an earlier version', () => {
  it.each(['setup', 'worker', 'server'])('is left alone by %s, in one sentence', async (command) => {
    await test.sql(
      `UPDATE _prisma_migrations SET migration_name = replace(migration_name, '20261125', '20261122')`,
    );
    const before = await migrations();
    const env = command === 'setup' ? {} : { DATABASE_URL: test.urlOf(command as ProcessRole) };
    const { code, stdout, stderr } = await shell.run([command], { env });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /error: The database was made by an earlier version of catalog-sync and cannot be carried over: [^.]*running\.md[^.]*\.\n$/,
    );
    expect(await migrations()).toEqual(before);
  });
});
