import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { seconds } from '../../src/domain/time.ts';
import { replayStatusSchema, replayWithItemsSchema } from '../../src/http/routes/replay-schema.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { settled } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { cli, type Cli } from './run.ts';

let product: Product;
let command: Cli;
const at = seconds(1_780_000_000);
const SINCE = ['--tenant', 'shop', '--since', '2026-01-01T00:00:00Z'];
const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

beforeAll(async () => {
  product = await testProduct();
  command = await cli({ DATABASE_URL: product.urlOf('operator') });
  await openTenant(product.database, 'shop', ['acme']);
  await product.startWorker();
  await record(product.database, 'shop', 'acme', [
    { eventId: 'e-1', sku: 'CHAIR-01', quantity: 1, updatedAt: at },
    { eventId: 'e-2', sku: 'CHAIR-02', quantity: 1, updatedAt: at },
    { eventId: 'bad', sku: '=1+1', quantity: 1, updatedAt: at },
  ]);
  await settled(product.database);
  await product.sql("UPDATE catalog_item SET quantity = 9 WHERE item_id = 'shop:CHAIR-02'");
});
afterAll(async () => {
  await command.close();
  await product.close();
});

describe('replay', () => {
  it('--dry-run says what would happen to each item, and changes nothing', async () => {
    const { code, stdout, stderr } = await command.run(['replay', ...SINCE, '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        'rejected         =1+1 (malformed_sku, acme/bad)',
        'already_current  shop:CHAIR-01',
        'repaired         shop:CHAIR-02',
        '',
      ].join('\n'),
    );
    expect(stderr).toContain('3 events of tenant shop,\nreceived from 2026-01-01T00:00:00.000000Z to ');
    expect(stderr).toContain('outcomes: already_current 1, repaired 1, rejected 1');
    expect(await product.database.replay.count()).toBe(0);
  });

  it('prints the ids of the items it touched, and its totals', async () => {
    const { code, stdout, stderr } = await command.run(['replay', ...SINCE, '--actor', 'ann']);
    expect(code).toBe(0);
    expect(stdout.trim().split('\n').toSorted()).toEqual(['shop:CHAIR-01', 'shop:CHAIR-02']);
    expect(stderr).toMatch(/completed: 3 of 3 events done\nitems: 2 touched, 1 changed/);
    expect(stderr).toContain('failure modes: malformed_sku 1');

    const json = linesOf((await command.run(['replay', ...SINCE, '--json'])).stdout);
    expect(json).toHaveLength(4);
    expect(json[2]).toMatchObject({ sku: '=1+1', outcome: 'rejected', failureMode: 'malformed_sku' });
    expect(json[3]).toMatchObject({ state: 'completed', changed: 0, unchanged: 2, rejected: 1 });
  });

  it('exits with 1 when an event failed', async () => {
    product.storefront.control.rejectReason = 'no';
    const { code, stdout, stderr } = await command.run(['replay', ...SINCE, '--sku', 'chair-01']);
    product.storefront.control.rejectReason = null;
    expect([code, stdout]).toEqual([1, 'shop:CHAIR-01\n']);
    expect(stderr).toContain('1 event failed');
  });

  it('is listed, shown and, once it has ended, not cancelled', async () => {
    const [newest] = linesOf((await command.run(['replay', 'list', '--tenant', 'shop', '--json'])).stdout);
    const id = String(newest?.replayId);
    expect((await command.run(['replay', 'list'])).stdout).toContain(id);
    const shown = await command.run(['replay', 'show', id]);
    expect(shown.stdout).toMatch(/state +completed/);
    expect((await command.run(['replay', 'show', id, '--follow'])).stdout).toBe('shop:CHAIR-01\n');
    const cancelled = await command.run(['replay', 'cancel', id, '--reason', 'test']);
    expect([cancelled.code, cancelled.stderr]).toEqual([
      1,
      expect.stringContaining('had ended before') as string,
    ]);
    expect((await command.run(['replay', 'show', 'nobody'])).code).toBe(1);
  });

  it('goes on when Ctrl-C stops following, and says how to follow again', async () => {
    const child = command.start(['replay', ...SINCE, '--rate', '1']);
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    await until(async () => stderr.includes('events'));
    await until(async () => (await product.database.replay.count({ where: { state: 'running' } })) === 1);
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
    await until(async () => /(?:reading the window|[012] of 3 events)/.test(stderr));
    child.kill('SIGINT');
    expect([await closed, stderr]).toEqual([130, expect.stringContaining('No longer following') as string]);
    const id = /catalog-sync replay show (\S+) --follow/.exec(stderr)?.[1];
    const { code, stdout } = await command.run(['replay', 'show', String(id), '--follow']);
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(2);
  });

  it('asks before more than a thousand events, and refuses where nobody can answer', async () => {
    await product.sql(`
      INSERT INTO supplier_event (tenant_id, supplier_id, event_id, sku, quantity, updated_at_us, received_at_us, digest, workflow_id)
      SELECT 'shop', 'acme', 'many-' || no, 'MANY', 1, ${at}, ${at} - no, '', 'sync:many-' || no
        FROM generate_series(1, 1001) no`);
    const window = ['--tenant', 'shop', '--since', '2026-01-01T00:00:00Z', '--until', '2026-07-01T00:00:00Z'];
    const { code, stderr } = await command.run(['replay', ...window]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('Add --yes') as string]);

    const before = await product.database.replay.count();
    const asked = await command.runOnTerminal(['replay', ...window], {
      answers: { 'Replay 1001 events? [y/N]': '\n' },
    });
    expect([asked.code, asked.screen]).toEqual([
      1,
      expect.stringContaining('Nothing was started.') as string,
    ]);
    expect(await product.database.replay.count()).toBe(before);
    const yes = await command.runOnTerminal(['replay', ...window, '--rate', '1'], {
      answers: { 'Replay 1001 events? [y/N]': 'y\n', ' of 1001 events': '\u0003' },
    });
    expect([yes.code, yes.screen]).toEqual([130, expect.stringContaining('No longer following') as string]);
    const { id } = await product.database.replay.findFirstOrThrow({ where: { state: 'running' } });
    for (const subcommand of ['show', 'cancel']) {
      const elsewhere = await command.run(['replay', subcommand, id, '--tenant', 'nobody']);
      expect([elsewhere.code, elsewhere.stderr]).toEqual([
        1,
        expect.stringContaining(`no replay ${id} of tenant nobody`) as string,
      ]);
    }
    // Only the database is needed to end it.
    const cancelled = await command.run(['replay', 'cancel', id, '--reason', 'test'], {
      env: { TEMPORAL_ADDRESS: '127.0.0.1:9' },
    });
    expect([cancelled.code, cancelled.stderr]).toEqual([0, expect.stringContaining('cancelled') as string]);
  });

  it('looks as it should on 80 columns, on a terminal and off it, with NO_COLOR and without', async () => {
    const same = (text: string): string =>
      text
        .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g, 'TTTT-TT-TTTTT:TT:TT.TTTTTTZ')
        .replaceAll(/\d{4}-\d\d-\d\d-[0-9a-f]{8}/g, 'DDDD-DD-DD-NNNNNNNN')
        .replaceAll(/127\.0\.0\.1:\d+/g, 'HOST:PORT');
    const tooWide = (text: string) =>
      text.split('\n').filter((line) => line.length > 80 && !line.includes('http'));
    for (const [args, name] of [
      [['replay', ...SINCE, '--sku', 'CHAIR-01', '--dry-run'], 'dry-run'],
      [['replay', ...SINCE, '--sku', 'CHAIR-01'], 'replay'],
    ] as const) {
      const off = await command.run(args);
      const lines = off.stderr.split('\n').filter((line) => !/^reading the window|^\d+ of /.test(line));
      const text = same(`${lines.join('\n')}--- stdout\n${off.stdout}`);
      expect(tooWide(text)).toEqual([]);
      await expect(text).toMatchFileSnapshot(`snapshots/${name}.txt`);
      expect((await command.run(args, { env: { NO_COLOR: '1' } })).stdout).toBe(off.stdout);
      for (const env of [{}, { NO_COLOR: '1' }]) {
        const { screen } = await command.runOnTerminal(args, { env });
        // What a line of progress showed on its way is the machine's speed; what is left is the screen.
        const left = same(
          screen
            .split('\n')
            .map((line) => line.split('\r\u001b[K').at(-1))
            .join('\n'),
        );
        expect(left).not.toContain('\u001b');
        await expect(left).toMatchFileSnapshot(`snapshots/${name}-on-terminal.txt`);
      }
    }
  });

  it('prints JSON by the schemas that the API publishes', async () => {
    const lines = linesOf(
      (
        await command.run([
          'replay',
          ...SINCE,
          '--until',
          '2027-01-01T00:00:00Z',
          '--sku',
          'CHAIR-01',
          '--json',
        ])
      ).stdout,
    );
    const item = replayWithItemsSchema.shape.touchedItems.element;
    const summary = replayStatusSchema.extend({ changed: z.int(), unchanged: z.int(), rejected: z.int() });
    expect(z.strictObject(item.shape).parse(lines[0])).toEqual(lines[0]);
    expect(z.strictObject(summary.shape).parse(lines.at(-1))).toEqual(lines.at(-1));
    expect(lines).toHaveLength(2);
  });

  it.each([
    [['replay', '--since', '2026-01-01T00:00:00Z'], '--tenant is missing'],
    [['replay', '--tenant', 'shop'], '--since is missing'],
    [['replay', '--tenant', 'shop', '--since', 'now'], 'RFC 3339'],
    [['replay', ...SINCE, '--outcome', 'lost'], 'Allowed choices'],
    [['replay', ...SINCE, '--until', '2025-01-01T00:00:00Z'], 'reversed'],
    [['replay', '--tenant', 'nobody', '--since', '2026-01-01T00:00:00Z'], 'no tenant nobody'],
    [['replay', ...SINCE, '--sku', '  '], 'printable'],
    [['replay', ...SINCE, '--actor', ''], 'printable'],
    [['replay', 'list', '--since', '2026-01-01T00:00:00Z'], '--since is not for replay list'],
  ])('is wrong usage as %j', async (args, words) => {
    const { code, stderr } = await command.run(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words) as string]);
  });
});
