import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { voidEvent } from '../../src/manual/void-event.ts';
import { cli, type Cli } from '../cli/run.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { storyTeller } from '../trace/story.ts';

let former: TestDatabase;
let test: TestDatabase;
let shell: Cli;
let folder: string;

beforeAll(async () => {
  [former, test] = [await testDatabase(), await testDatabase()];
  for (const { database } of [former, test]) await openTenant(database, 'canary', ['acme', 'bolt']);
  shell = await cli({
    DATABASE_URL: test.urlOf('operator'),
    SECRETS_KEY: randomBytes(32).toString('base64'),
  });
  folder = await mkdtemp(path.join(tmpdir(), 'catalog-sync-export-'));
});
afterAll(async () => {
  await shell?.close();
  await former?.drop();
  await test?.drop();
  await rm(folder, { recursive: true, force: true });
});

it("puts a deployment's events into files that ingest loads as they were", async () => {
  const story = storyTeller(former);
  await story.save({
    id: 'e 1/"ü"',
    sku: ' chair-01 \u{1f6cb}',
    quantity: 3,
    updatedAt: '2026-06-01T10:00:05.123456Z',
  });
  await story.save({ id: 'e2', sku: 'TABLE-01', updatedAt: '1969-12-31T23:59:59.999999Z' });
  await story.save({ id: 'e3', supplier: 'bolt', sku: 'TABLE-01' });
  await story.save({ id: 'wrong', sku: 'TABLE-01', quantity: 0, updatedAt: '2026-06-02T10:00:00Z' });
  await voidEvent(former.database, {
    tenant: 'canary',
    supplier: 'acme',
    eventId: 'wrong',
    reason: 'wrong unit',
    actor: 'ada',
  });

  const exported = await promisify(execFile)(
    process.execPath,
    [path.join(projectRoot(), 'ops/export-events.mjs'), folder],
    { env: { PATH: process.env.PATH, DATABASE_URL: former.url } },
  );
  expect(exported.stderr).toContain('canary/acme: 1 voided events and manual fixes are left out');
  const commands = exported.stdout.trim().split('\n');
  expect(commands).toEqual(
    ['acme', 'bolt'].map(
      (supplier) =>
        `npx catalog-sync ingest ${folder}/canary/${supplier}.ndjson --tenant canary --supplier ${supplier}`,
    ),
  );
  expect((await readFile(`${folder}/canary/bolt.ndjson`, 'utf8')).trim()).toBe(
    '{"id":"e3","sku":"TABLE-01","quantity":7,"updatedAt":"2026-06-01T10:00:05.000000Z"}',
  );

  for (const command of commands) {
    const { code, stderr } = await shell.run(command.split(' ').slice(2));
    expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  }
  const events = `SELECT supplier_id, event_id, sku, quantity, updated_at_us, digest FROM supplier_event
                   WHERE kind = 'update' AND voided_by_seq IS NULL ORDER BY seq`;
  expect(await test.sql(events)).toEqual(await former.sql(events));
});

it('says how to find the database when none is known', async () => {
  const script = path.join(projectRoot(), 'ops/export-events.mjs');
  const run = promisify(execFile)(process.execPath, [script, folder], {
    cwd: folder,
    env: { PATH: process.env.PATH },
  });
  await expect(run).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('set DATA_DIR') });
});
