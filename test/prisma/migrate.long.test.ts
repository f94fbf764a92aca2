import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { prisma, scratchProject } from './run-prisma.ts';

const DATABASE = `prisma_${process.pid}`;

const SCHEMA = `
generator client {
  provider = "prisma-client"
  output   = "../src/generated/prisma"
}

datasource db {
  provider = "postgresql"
}

model Item {
  sku      String @id
  quantity Int    @default(0)
}
`;

const FUNCTION_WITH_SEMICOLONS = `
CREATE FUNCTION restock(wanted text, added integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE total integer;
BEGIN
  UPDATE "Item" SET quantity = quantity + added WHERE sku = wanted RETURNING quantity INTO total;
  RETURN total;
END;
$$;
`;

let project: Awaited<ReturnType<typeof scratchProject>>;
let url: string;

beforeAll(async () => {
  project = await scratchProject();
  const address = new URL(inject('postgresUrl'));
  address.pathname = `/${DATABASE}`;
  url = address.toString();
});

afterAll(async () => {
  await query(inject('postgresUrl'), `DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`);
  await project.remove();
});

test('migrations are made, applied with a function in them, compared and applied afresh', async () => {
  await writeSchema(SCHEMA);
  await migrate(0, 'dev', '--name', 'items');

  await writeMigration('20990101000000_restock', FUNCTION_WITH_SEMICOLONS);
  await migrate(0, 'dev');
  await query(url, `INSERT INTO "Item" (sku) VALUES ('CHAIR-01')`);
  expect(await query(url, `SELECT restock('CHAIR-01', 3) AS total`)).toEqual([{ total: 3 }]);

  const changed = SCHEMA.replace('quantity', 'shelf    String?\n  quantity');
  await writeSchema(changed);
  const compare = ['diff', '--from-migrations', 'prisma/migrations', '--to-schema', 'prisma/schema.prisma'];
  await migrate(2, ...compare, '--exit-code');
  await migrate(0, 'dev', '--name', 'shelf');
  await migrate(0, ...compare, '--exit-code');
  await migrate(0, 'diff', '--from-config-datasource', '--to-schema', 'prisma/schema.prisma', '--exit-code');

  expect(await migrate(0, 'status')).toContain('up to date');
  await migrate(0, 'reset', '--force');
  expect(await query(url, 'SELECT count(*)::integer AS applied FROM _prisma_migrations')).toEqual([
    { applied: 3 },
  ]);
  expect(await migrate(0, 'deploy')).toContain('No pending migrations');
  expect(await readdir(join(project.folder, 'prisma/migrations'))).toHaveLength(4);
  expect(
    await query(url, `SELECT datname FROM pg_database WHERE datname LIKE 'prisma_migrate_shadow%'`),
  ).toEqual([]);
}, 120_000);

test('a migration that fails leaves nothing behind, and says what the server said and where', async () => {
  await writeMigration('20990201000000_wrong', 'CREATE TABLE half (id integer);\n\nSELECT nothing;\n');
  const output = await migrate(1, 'deploy');
  expect(output).toContain('column "nothing" does not exist, line 3');
  expect(await query(url, `SELECT to_regclass('half') AS half`)).toEqual([{ half: null }]);
}, 60_000);

test('the migrations of this project make what its schema says', async () => {
  const compare = [
    '--from-migrations',
    'prisma/migrations',
    '--to-schema',
    'prisma/schema.prisma',
    '--exit-code',
  ];
  const { code, stdout, stderr } = await prisma(['migrate', 'diff', ...compare], {
    url: inject('postgresUrl'),
  });
  expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
}, 60_000);

async function migrate(expectedCode: number, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await prisma(['migrate', ...args], { url, cwd: project.folder });
  const output = `${stdout}${stderr}`;
  expect({ args, code, output }).toMatchObject({ code: expectedCode });
  return output;
}

async function writeSchema(text: string): Promise<void> {
  await writeFile(join(project.folder, 'prisma/schema.prisma'), text);
}

async function writeMigration(name: string, script: string): Promise<void> {
  const folder = join(project.folder, 'prisma/migrations', name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'migration.sql'), script);
}

async function query(address: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
