import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTraces } from '../../src/trace/find-trace.ts';
import { search } from '../../src/trace/search.ts';
import { cli, type Cli } from '../cli/run.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { gapsOf, live } from './history.ts';

let db: TestDatabase;
let tool: Cli;
const folder = mkdtempSync(path.join(tmpdir(), 'archives-'));

beforeAll(async () => {
  db = await testDatabase();
  tool = await cli({ DATABASE_URL: db.urlOf('operator'), TEMPORAL_ADDRESS: '127.0.0.1:1' });
  await openTenant(db.database, 'shop', ['acme']);
  await openTenant(db.database, 'other', ['acme']);
  await live(
    db,
    'shop',
    Array.from({ length: 12 }, (_, no) => ({
      does: 'arrive' as const,
      sku: 'CHAIR',
      event: { supplier: 'acme', eventId: `e-${no}`, quantity: no, updatedAt: BigInt(no) },
      old: no !== 5,
      answer: 'accepted' as const,
    })),
  );
});
afterAll(async () => {
  await tool.close();
  await db.drop();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => tool.run(['prune', ...args]);
const countEvents = () => db.database.supplierEvent.count();

describe('catalog-sync prune', () => {
  it('takes no age below two days, nor one that is none', async () => {
    expect(await run('--older-than', '36h', '--yes')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('at least 2d: signals'),
    });
    expect(await run('--older-than', 'soon', '--yes')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('such as 400d'),
    });
    expect(await run('--older-than', '400d', '--tenant', 'nobody', '--yes')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no tenant nobody'),
    });
  });

  it('asks first, and takes no answer for a no', async () => {
    expect(await run('--older-than', '400d')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Add --yes if you mean it'),
    });
    const { screen } = await tool.runOnTerminal(['prune', '--older-than', '400d'], {
      answers: { '[y/N]': 'n\r' },
    });
    expect(screen).toContain('Nothing was pruned.');
    expect(await countEvents()).toBe(12);
  });

  it('says how much would go, and changes nothing', async () => {
    const dry = await run('--older-than', '400d', '--dry-run');
    expect(dry).toMatchObject({
      code: 0,
      stdout: 'other: 0 of 0 old events would go\nshop: 9 of 11 old events would go\n',
    });
    expect(dry.stderr).toContain('dry run; nothing was changed');
    const json = await run('--older-than', '400d', '--tenant', 'shop', '--dry-run', '--json');
    expect(JSON.parse(json.stdout)).toEqual({ dryRun: true, tenant: 'shop', old: 11, events: 9 });
    expect(await countEvents()).toBe(12);
  });

  it('says in a sentence that an archive cannot be written, and takes nothing', async () => {
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    const refused = await run('--older-than', '400d', '--archive', file, '--yes');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /error: The archive .* cannot be written \(ENOTDIR.*\)\. Nothing was pruned/s,
    );
    expect(await countEvents()).toBe(12);
    rmSync(file);
  });

  it('takes what nothing needs, archives it, and every command knows where it went', async () => {
    const pruned = await run('--older-than', '400d', '--archive', folder, '--yes', '--actor', 'ops');
    const [archive = ''] = readdirSync(folder);
    expect(pruned).toMatchObject({
      code: 0,
      stdout:
        'other: 0 events pruned\n  with 0 versions, 0 attempts, 0 further deliveries\n' +
        `shop: 9 events pruned\n  with 9 versions, 9 attempts, 0 further deliveries\n  archived in ${archive}\n`,
    });
    expect(await countEvents()).toBe(3);
    expect(await gapsOf(db, 'shop')).toEqual([]);

    const where = `archived in ${archive}/events-00001.ndjson.gz on ${new Date().toISOString().slice(0, 10)}`;
    expect(await tool.run(['trace', 'e-3'])).toMatchObject({
      code: 1,
      stderr: `error: Event e-3 of acme (tenant shop) has left the ledger: ${where}.\n`,
    });
    expect(await tool.run(['trace', 'e-nothing'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No item or event is known'),
    });
    expect(await tool.run(['void', 'e-3', '--reason', 'wrong'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${where}.\nIt takes part in no contest any more.`),
    });
    expect(await search(db.database, 'shop', 'e-3')).toEqual({
      items: [],
      near: [],
      archived: [{ supplier: 'acme', eventId: 'e-3', where }],
    });
    // e-5 is young: it still says whom it beat, and where that is now.
    const [found] = await findTraces(
      db.database,
      { key: 'e-5', tenant: 'shop' },
      { temporalUiUrl: 'http://ui', namespace: 'n' },
    );
    const event = found?.trace.events.find(({ eventId }) => eventId === 'e-5');
    expect(event).toMatchObject({
      outcome: 'superseded',
      rule: expect.stringMatching(/^overtaken, newer|^overtaken/),
    });
    const replay = await tool.run([
      'replay',
      '--tenant',
      'shop',
      '--since',
      '2023-01-01T00:00:00Z',
      '--dry-run',
    ]);
    expect(replay).toMatchObject({ code: 2, stderr: expect.stringContaining(`archived in ${archive}`) });
  });

  it('finds nothing more to take', async () => {
    const again = await run('--older-than', '400d', '--tenant', 'shop', '--yes', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ state: 'completed', events: 0, archive: null });
  });

  it('is told of by the doctor, table by table', async () => {
    const { stdout } = await tool.run(['doctor', '--json']);
    const check = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; status: string; detail: string; tables: unknown[] })
      .find(({ name }) => name === 'disk use');
    expect(check).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('RETENTION_DAYS is not set here'),
    });
    expect(check?.tables).toContainEqual({
      table: 'supplier_event',
      bytes: expect.any(Number),
      rows: expect.any(Number),
    });
    const shown = await tool.run(['doctor'], { env: { RETENTION_DAYS: '400' } });
    expect(shown.stdout).toMatch(
      /✓ disk use: .*RETENTION_DAYS is\s+400.*\n {4}table +size +rows, estimated\n/s,
    );
    expect(Math.max(...shown.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});
