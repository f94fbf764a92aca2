import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { cli, type Cli } from './run.ts';

let test: TestDatabase;
let shell: Cli;

beforeAll(async () => {
  test = await testDatabase();
  shell = await cli({ DATABASE_URL: test.url, TEMPORAL_ADDRESS: '127.0.0.1:9' });
  for (const name of ['one', 'two', 'three']) {
    const added = await shell.run(['tenant', 'add', name, '--actor', 'ada']);
    if (added.code !== 0) throw new Error(added.stderr);
  }
});
afterAll(async () => {
  await shell?.close();
  await test?.drop();
});

it('names the OS user beside whoever was named', async () => {
  const rows = await test.database.auditEntry.findMany();
  for (const row of rows) {
    expect(row).toMatchObject({ actor: 'ada', principalKind: 'cli', address: 'cli', tokenId: null });
    expect(row.principalName).not.toBe('ada');
  }
});

it('exports, and verifies the database, a file and what is piped', async () => {
  const { stdout, code } = await shell.run(['audit', 'export']);
  expect([code, stdout.trimEnd().split('\n').length]).toEqual([0, 3]);
  const file = path.join(shell.folder, 'audit.jsonl');
  await writeFile(file, stdout);

  const database = await shell.run(['audit', 'verify']);
  expect([database.code, database.stdout]).toEqual([
    0,
    expect.stringMatching(/^3 entries, 1 to 3, are as they were written\nhead [0-9a-f]{64}\n$/),
  ]);
  expect((await shell.run(['audit', 'verify', file])).stdout).toBe(database.stdout);
  const head = database.stdout.trimEnd().split(' ').at(-1) ?? '';
  const piped = await shell.run(['audit', 'verify', '-', '--head', head, '--json'], { input: stdout });
  expect([piped.code, JSON.parse(piped.stdout)]).toMatchObject([
    0,
    { ok: true, entries: 3, head, fault: null },
  ]);
  const doctor = await shell.run(['doctor']);
  expect(doctor.stdout.replaceAll(/\s+/g, ' ')).toContain(`3 entries, head ${head}`);
});

it('ends with 1 for a list that was altered, and with 2 for a file that is not there', async () => {
  const { stdout } = await shell.run(['audit', 'export', '--tenant', 'two']);
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  const changed = await shell.run(['audit', 'verify', '-'], { input: stdout.replace('ada', 'eve') });
  expect([changed.code, changed.stderr]).toEqual([
    1,
    expect.stringMatching(/^error: Entry 2 of 20.* does not fit/),
  ]);
  const cut = await shell.run(['audit', 'verify', '--head', 'f'.repeat(64), '--json']);
  expect([cut.code, JSON.parse(cut.stdout)]).toMatchObject([1, { ok: false, fault: { no: '3' } }]);
  expect((await shell.run(['audit', 'verify', 'nowhere.jsonl'])).code).toBe(2);
  expect((await shell.run(['audit', 'verify', '--head', 'abc'])).code).toBe(2);
  expect((await shell.run(['audit', 'verify', '--tenant', 'two'])).code).toBe(2);
});

it('writes the very bytes into a pipe, and on a terminal nothing that drives it', async () => {
  await test.sql(
    `INSERT INTO audit_entry (tenant_id, actor, action, subject) VALUES ('bidi', $1, 'x', 'x')`,
    ['ada\u202eeve\u2028'],
  );
  const args = ['audit', 'export', '--tenant', 'bidi'];
  expect((await shell.run(args)).stdout).toContain('ada\u202eeve\u2028');
  const { screen } = await shell.runOnTerminal(args);
  expect(screen).not.toMatch(/[\u202e\u2028]/);
  expect(screen.replaceAll(/\s/g, '')).toContain('ada\\u202eeve\\u2028');
});
