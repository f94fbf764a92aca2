import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { cli, type Cli } from './run.ts';

let test: TestDatabase;
let shell: Cli;

beforeAll(async () => {
  test = await testDatabase();
  shell = await cli({ TEMPORAL_ADDRESS: '127.0.0.1:9' });
  await test.sql(`
    CREATE TABLE written_as (role text);
    GRANT INSERT ON written_as TO PUBLIC;
    CREATE FUNCTION note_role() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO written_as VALUES (current_user); RETURN NULL; END $$;
    CREATE TRIGGER noted AFTER INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION note_role()`);
});
afterAll(async () => {
  await shell?.close();
  await test?.drop();
});

const run = (url: string, ...args: string[]) => shell.run(args, { env: { DATABASE_URL: url } });

describe('the command line', () => {
  it('works as the operator, whoever signs in', async () => {
    for (const [name, url] of [
      ['one', test.url],
      ['two', test.urlOf('operator')],
    ] as const) {
      expect(await run(url, 'tenant', 'add', name)).toMatchObject({ code: 0 });
    }
    expect(await test.sql('SELECT DISTINCT role FROM written_as')).toEqual([
      { role: 'catalog_sync_operator' },
    ]);
  });

  it('does nothing with the address of a server or a worker, but that a worker may prune', async () => {
    const commands = [
      ['token', 'list'],
      ['audit', 'export'],
      ['tenant', 'erase', 'one', '--reason', 'x', '--yes'],
    ];
    const refused = await Promise.all(
      (['server', 'worker'] as const).flatMap((role) =>
        commands.map(async (args) => {
          const { code, stdout, stderr } = await run(test.urlOf(role), ...args);
          return [code, stdout, stderr.includes(`as catalog_sync_${role}, who may not be`)];
        }),
      ),
    );
    expect(refused).toEqual(refused.map(() => [1, '', true]));
    const prune = ['prune', '--older-than', '400d', '--dry-run'];
    const [server, worker] = await Promise.all([
      run(test.urlOf('server'), ...prune),
      run(test.urlOf('worker'), ...prune),
    ]);
    expect([server.code, worker.code]).toEqual([1, 0]);
  });
});
