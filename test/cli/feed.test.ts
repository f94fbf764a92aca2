import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { cli, type Cli } from './run.ts';

let product: Product;
let command: Cli;
const OF_SHOP = ['--tenant', 'shop'];
const GERMAN = 'Artikelnr;Bestand;Stand\nA-1;5;20.11.2026 06:00\nA-2;6;20.11.2026 06:00\n';
const FEED = `feed: night
supplier: acme
source: { upload: {} }
columns: { sku: Artikelnr, quantity: Bestand, updatedAt: Stand }
times: { format: dd.MM.yyyy HH:mm, zone: Europe/Berlin }
kind: snapshot
`;
const put = (name: string, text: string): Promise<void> => writeFile(path.join(command.folder, name), text);

beforeAll(async () => {
  product = await testProduct();
  command = await cli({ DATABASE_URL: product.urlOf('operator') });
  await openTenant(product.database, 'shop', ['acme']);
  await product.startWorker();
  await put('night.yaml', FEED);
  await put('stock.csv', GERMAN);
});
afterAll(async () => {
  await command?.close();
  await product?.close();
});

describe('feed', () => {
  it('set makes it or names every fault, show prints it', async () => {
    await put('bad.yaml', FEED.replace('kind: snapshot', 'kind: all').replace('sku:', 'skuu:'));
    const bad = await command.run(['feed', 'set', 'bad.yaml', ...OF_SHOP]);
    expect(bad.code).toBe(1);
    expect(bad.stderr).toContain('columns.skuu: did you mean sku?');
    expect(bad.stderr).toContain('kind must be one of');
    const set = await command.run(['feed', 'set', 'night.yaml', ...OF_SHOP]);
    expect([set.code, set.stdout]).toEqual([0, 'feed night of acme is version 1 now\n']);
    expect((await command.run(['feed', 'show', 'night', ...OF_SHOP])).stdout).toContain('supplier: acme');
    expect((await command.run(['feed', 'list', ...OF_SHOP])).stdout).toMatch(
      /shop +night +acme +upload +1 +by hand/,
    );
  });

  it('preview says what a file would do, ingest --feed does it', async () => {
    const preview = await command.run(['feed', 'preview', 'stock.csv', '--feed', 'night', ...OF_SHOP]);
    expect([preview.code, preview.stderr]).toEqual([0, '']);
    expect(preview.stdout).toContain('A-1  5         2026-11-20T05:00:00.000000Z');
    expect(preview.stdout).toContain('The guards would let it pass.');
    const ran = await command.run(['ingest', 'stock.csv', '--feed', 'night', ...OF_SHOP]);
    expect([ran.code, ran.stdout]).toEqual([
      0,
      expect.stringMatching(/completed\n2 rows, 0 refused\n2 accepted/),
    ]);
    const again = await command.run(['ingest', 'stock.csv', '--feed', 'night', ...OF_SHOP, '--json']);
    expect([again.code, JSON.parse(again.stdout)]).toMatchObject([0, { state: 'unchanged' }]);
  });

  it('holds a bad file, and obeys who decides', async () => {
    await put('empty.csv', '');
    const held = await command.run(['ingest', 'empty.csv', '--feed', 'night', ...OF_SHOP]);
    expect([held.code, held.stdout]).toEqual([3, expect.stringContaining('- the file has no rows')]);
    const run = /feed refuse (\S+)/.exec(held.stdout)?.[1] ?? '';
    const refused = await command.run(['feed', 'refuse', run, ...OF_SHOP, '--reason', 'their disk was full']);
    expect([refused.code, refused.stdout]).toEqual([0, `run ${run} is refused; nothing of it flows\n`]);
    const again = await command.run(['feed', 'approve', run, ...OF_SHOP, '--reason', 'x']);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('is refused, not held')]);
    const runs = await command.run(['feed', 'runs', 'night', ...OF_SHOP]);
    const lines = runs.stdout.split('\n');
    expect(
      lines
        .filter((line) => /^\d/.test(line))
        .slice(0, 3)
        .map((line) => line.split(/ +/)[2]),
    ).toEqual(['refused', 'unchanged', 'completed']);
    expect(lines[2]).toBe('  - the file has no rows');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it('says of a run what will be rejected, and what is hardly meant so', async () => {
    await put('rules.yaml', FEED.replace('night', 'rules').replace('snapshot', 'delta'));
    expect((await command.run(['feed', 'set', 'rules.yaml', ...OF_SHOP])).code).toBe(0);
    const rows = ['SAME;5;20.11.2026 06:00', 'same;6;20.11.2026 06:00', 'LATER;1;20.11.2099 06:00'];
    await put('rules.csv', `Artikelnr;Bestand;Stand\n${rows.join('\n')}\n`);
    const ran = await command.run(['ingest', 'rules.csv', '--feed', 'rules', ...OF_SHOP]);
    expect([ran.code, ran.stdout]).toEqual([0, expect.stringContaining('3 accepted')]);
    expect(ran.stdout).toContain('1 event will be rejected: clock_drift (line 4)');
    expect(ran.stdout).toMatch(/1 event taken with a warning: the same item twice .* \(line 3\)/);
  });

  it('lists the refused lines with their reasons', async () => {
    await put('refused.csv', `${GERMAN}A-3;2,5;20.11.2026 06:00\n`);
    const held = await command.run(['ingest', 'refused.csv', '--feed', 'night', ...OF_SHOP, '--json']);
    const { runId } = JSON.parse(held.stdout) as { runId: string };
    const csv = await command.run(['feed', 'refused', runId, ...OF_SHOP]);
    expect(csv.stdout).toMatch(/^line,code,reason,text\r?\n"4","/);
  });
});

describe('ingest of a file of another form', () => {
  it('shows its guess and what is open, and writes nothing unless told to', async () => {
    const open = await command.run(['ingest', 'stock.csv', '--supplier', 'acme', ...OF_SHOP]);
    expect(open.code).toBe(1);
    expect(open.stderr).toContain('times.zone');
    await put('clear.csv', GERMAN.replaceAll('20.11.2026 06:00', '2026-11-20T06:00:00Z'));
    const asked = await command.run(['ingest', 'clear.csv', '--supplier', 'acme', ...OF_SHOP]);
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    const written = await command.run(['ingest', 'clear.csv', '--supplier', 'acme', ...OF_SHOP, '--yes']);
    expect([written.code, written.stdout]).toEqual([
      0,
      expect.stringMatching(/^2 lines: 2 accepted, 0 duplicate, 0 conflict, 0 bad \(/),
    ]);
  });

  it('agrees by --yes to what a guard would let pass alone, as the preview says', async () => {
    await put(
      'bad.csv',
      `Artikelnr;Bestand;Stand\nB-1;5;2026-11-20T06:00:00Z\nB-2;2.5;2026-11-20T06:00:00Z\n`,
    );
    const preview = await command.run(['feed', 'preview', 'bad.csv', '--supplier', 'acme', ...OF_SHOP]);
    expect(preview.stdout).toContain('It would be held:\n- 1 of 2 rows are refused');
    const held = await command.run(['ingest', 'bad.csv', '--supplier', 'acme', ...OF_SHOP, '--yes']);
    expect([held.code, held.stdout]).toEqual([3, '']);
    expect(held.stderr).toContain('not_whole 1: line 3: quantity "2.5" is no whole number');
    expect(await product.database.supplierEvent.count({ where: { sku: 'B-1' } })).toBe(0);
    const agreed = await command.runOnTerminal(['ingest', 'bad.csv', '--supplier', 'acme', ...OF_SHOP], {
      answers: { 'all the same': 'y\n' },
    });
    expect([agreed.code, agreed.screen]).toEqual([1, expect.stringContaining('1 accepted')]);
  });

  it('writes nothing of a file that cannot be read to its end, as the preview says', async () => {
    await put(
      'cut.csv',
      `Artikelnr;Bestand;Stand\nC-1;5;2026-11-20T06:00:00Z\nC-2;5;"2026-11-20T06:00:00Z\n`,
    );
    const preview = await command.run(['feed', 'preview', 'cut.csv', '--supplier', 'acme', ...OF_SHOP]);
    expect(preview.stdout).toContain(
      'The file would fail, and nothing of it be written: A quote that opens in line 3',
    );
    const cut = await command.run(['ingest', 'cut.csv', '--supplier', 'acme', ...OF_SHOP, '--yes']);
    expect([cut.code, cut.stderr]).toEqual([1, expect.stringContaining('A quote that opens in line 3')]);
    expect(await product.database.supplierEvent.count({ where: { sku: 'C-1' } })).toBe(0);
  });
});

describe('ingest of a file of our own form', () => {
  it('takes its good lines without asking, as the preview says', async () => {
    const rows = ['D-1,5,2026-11-20T06:00:00Z', 'D-1,3,2026-11-20T06:00:00Z', 'D-2,x,2026-11-20T06:00:00Z'];
    await put('own.csv', `sku,quantity,updatedAt\n${rows.join('\n')}\n`);
    const preview = await command.run(['feed', 'preview', 'own.csv', '--supplier', 'acme', ...OF_SHOP]);
    expect(preview.stdout).toContain('1 item would change:\n');
    expect(preview.stdout).toMatch(/D-1 +0 +→ +3\n/);
    expect(preview.stdout).toContain(
      'It is of our own form: `ingest` takes what is not refused, without asking.',
    );
    expect(preview.stdout).toMatch(/1 event taken with a warning: the same item twice .* \(line 3\)/);
    const written = await command.run(['ingest', 'own.csv', '--supplier', 'acme', ...OF_SHOP]);
    expect([written.code, written.stdout]).toEqual([
      1,
      expect.stringMatching(/^3 lines: 2 accepted, 0 duplicate, 0 conflict, 1 bad/),
    ]);
    expect(written.stderr).toMatch(/^line 4: quantity "x" is no number/m);
    expect(written.stderr).toMatch(/^line 3: warning: the same item twice/m);
  });
});
