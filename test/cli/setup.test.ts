import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ProcessRole } from '../../src/database/roles.ts';
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
