import { afterAll, beforeAll, expect, it } from 'vitest';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { cli, type Cli } from './run.ts';

let test: TestDatabase;
let shell: Cli;

beforeAll(async () => {
  test = await testDatabase();
  shell = await cli({ DATABASE_URL: test.urlOf('operator') });
  await openTenant(test.database, 'shop', ['acme']);
});
afterAll(async () => {
  await shell?.close();
  await test?.drop();
});

it('begins a generation, says from which version on, and which sweeps mend what storefronts show', async () => {
  const first = await shell.run(['restored', '--reason', 'disk lost', '--actor', 'ada']);
  expect(first.code).toBe(0);
  expect(first.stdout).toMatch(/^\S+ {2}shop\n$/);
  expect(first.stderr).toMatch(/Generation 2 begins: versions are above \d{8} from now on/);

  const { stdout } = await shell.run(['restored', '--reason', 'disk lost again', '--actor', 'ada', '--json']);
  const begun = JSON.parse(stdout) as { number: number; versionFloor: number };
  expect(begun).toMatchObject({ number: 3, sweeps: [{ tenant: 'shop' }] });
  const entries = await test.database.auditEntry.findMany({ where: { action: 'ledger.restored' } });
  expect(entries.map(({ actor, reason }) => `${actor}: ${reason}`)).toEqual([
    'ada: disk lost',
    'ada: disk lost again',
  ]);
  expect(await test.database.sweep.count({ where: { state: 'running' } })).toBe(1);
});

it('asks for a reason', async () => {
  expect((await shell.run(['restored'])).code).toBe(2);
});
