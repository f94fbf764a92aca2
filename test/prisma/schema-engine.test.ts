import { expect, test } from 'vitest';
import { engineCommand, prisma } from './run-prisma.ts';

test('the schema is valid, without a database and without a native engine', async () => {
  const { code, stdout } = await prisma(['validate']);
  expect(stdout).toContain('is valid');
  expect(code).toBe(0);
});

test('the settings are found by themselves', async () => {
  const { stderr } = await prisma(['validate']);
  expect(stderr).toContain('.config/prisma.ts');
});

test('a command that needs a database says so when there is no DATABASE_URL', async () => {
  const { code, stderr } = await prisma(['migrate', 'status']);
  expect(stderr).toContain('datasource.url');
  expect(code).toBe(1);
});

test('a database out of reach is P1001 and names the server, never the password', async () => {
  const { code, stderr } = await engineCommand(
    'can-connect-to-database',
    'postgres://sync:s3cr%40t@127.0.0.1:1/catalog',
  );
  const [, line = ''] = stderr.split('\n');
  expect(JSON.parse(line)).toMatchObject({
    level: 'ERROR',
    target: 'schema_engine::logger',
    fields: { error_code: 'P1001', message: 'No database server answers at 127.0.0.1:1 (ECONNREFUSED).' },
  });
  expect(stderr).not.toMatch(/s3cr/);
  expect(code).toBe(1);
});

test('a DATABASE_URL that is none is refused without repeating it', async () => {
  const { code, stderr } = await engineCommand(
    'can-connect-to-database',
    'postgres://sync:s3cret@127.0.0.1:port/catalog',
  );
  expect(stderr).toContain('Invalid URL');
  expect(stderr).not.toMatch(/s3cret/);
  expect(code).toBe(1);
});
