import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { cli, type Cli } from '../cli/run.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { closedTenant, confirmAll } from './launch.ts';

let test: TestDatabase;
let shell: Cli;
let tenant: string;
let no = 0;

beforeAll(async () => {
  test = await testDatabase();
  shell = await cli({
    DATABASE_URL: test.urlOf('operator'),
    SECRETS_KEY: randomBytes(32).toString('base64'),
    // Nobody is there.
    TEMPORAL_ADDRESS: '127.0.0.1:9',
  });
});
afterAll(async () => {
  await shell?.close();
  await test?.drop();
});
beforeEach(async () => {
  tenant = `shop-${(no += 1)}`;
  await closedTenant(test.database, tenant, ['acme']);
});

const gate = (command: string, ...args: string[]) =>
  shell.run(['gate', command, '--tenant', tenant, ...args]);

describe('gate commands while Temporal is away', () => {
  it('show the status, and end with 3 for a closed tenant and 4 for one without data', async () => {
    const closed = await gate('status');
    expect([closed.code, closed.stderr]).toEqual([3, '']);
    expect(closed.stdout).toMatch(/^shop-\d+ is closed: its events are held, and nothing is sampled\.\n/);
    expect(closed.stdout).toContain('checklist_replay_tested: Not confirmed');
    await test.database.tenant.update({ where: { id: tenant }, data: { state: 'canary' } });
    const { code, stdout } = await gate('status', '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([4, { state: 'canary', verdict: 'inconclusive' }]);
  });

  it('show it again and again, until Ctrl-C', async () => {
    const child = shell.start(['gate', 'status', '--tenant', tenant, '--watch', '--every', '1', '--json']);
    let stdout = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    const closed = once(child, 'close');
    await expect.poll(() => stdout.split('\n').length, { timeout: 30_000 }).toBeGreaterThan(2);
    child.kill('SIGINT');
    expect((await closed)[0]).toBe(3);
  });

  it('confirm the checklist, with evidence only', async () => {
    const wrong = await gate('checklist', '--confirm', 'dashboard', '--reference', 'the usual one');
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('http(s) address')]);
    const half = await gate('checklist', '--confirm', 'dashboard');
    expect([half.code, half.stderr]).toEqual([2, expect.stringContaining('belong together')]);
    const unknown = await gate('checklist', '--confirm', 'coffee', '--reference', 'hot');
    expect(unknown.code).toBe(2);
    const right = await gate(
      ...(['checklist', '--confirm', 'dashboard'] as const),
      ...['--reference', 'https://grafana.example.com/d/1', '--actor', 'ada'],
    );
    expect([right.code, right.stderr]).toEqual([0, '']);
    expect(right.stdout).toMatch(/yes {2}dashboard: .*\n +https:\/\/grafana\.example\.com\/d\/1 \(ada, /);
    expect(await test.database.auditEntry.findFirst({ where: { tenantId: tenant } })).toMatchObject({
      actor: 'ada',
      action: 'gate.checklist',
    });
  });

  it('roll back at once, and say what is under way', async () => {
    await test.database.tenant.update({ where: { id: tenant }, data: { state: 'open' } });
    const back = await gate('rollback', '--reason', 'wrong prices');
    expect([back.code, back.stdout]).toEqual([0, expect.stringMatching(/open -> closed, 20/)]);
    expect(back.stderr).toBe('No call to the storefront is under way.\n');
    expect((await gate('rollback', '--reason', 'again')).stdout).toContain('was closed already');
    expect((await gate('rollback')).code).toBe(2);
    const nobody = await shell.run(['gate', 'rollback', '--tenant', 'nobody', '--reason', 'why']);
    expect([nobody.code, nobody.stderr]).toEqual([
      1,
      'error: There is no tenant nobody; `catalog-sync tenant list` names them.\n',
    ]);
  });

  it('open nothing, and say why', async () => {
    await confirmAll(test.database, tenant);
    const { code, stdout, stderr } = await gate('open', '--supplier', 'acme', '--reason', 'release 12');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /Temporal does not answer, or no worker of ours runs\. Nothing was changed, and the command is void/,
    );
    expect(stderr).toContain('catalog-sync doctor');
    expect(await test.database.tenant.findUniqueOrThrow({ where: { id: tenant } })).toMatchObject({
      state: 'closed',
    });
  });

  it('take evidence without secrets only, and repeat none', async () => {
    for (const [name, reference] of [
      ['dashboard', 'https://grafana.example.com/d/1?access_token=s3cret'],
      ['canary-approved', 'Ada, see https://ada:s3cret@wiki.example.com/12'],
    ] as const) {
      const { code, stderr } = await gate('checklist', '--confirm', name, '--reference', reference);
      expect([code, stderr]).toEqual([1, expect.stringContaining('holds a secret')]);
      expect(stderr).not.toContain('s3cret');
    }
    expect(await test.database.auditEntry.count({ where: { tenantId: tenant } })).toBe(0);
  });

  it.each([
    ['approve-trace', '--event', 'e-1', '--explanation'],
    ['open', '--supplier', 'acme', '--reason'],
    ['widen', '--supplier', 'acme', '--reason'],
    ['rollback', '--reason'],
  ])(
    '%s takes the words that HTTP takes, and asks Temporal nothing for an unknown tenant',
    async (...args) => {
      const [command, ...options] = args as [string, ...string[]];
      const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
      try {
        const line = ['node', 'catalog-sync', 'gate', command, '--tenant', 'nobody', ...options];
        for (const words of [' ', 'x'.repeat(2001), 'red \u001b[31m']) {
          expect(await runProgram([...line, words])).toBe(2);
          expect(said.mock.lastCall?.[0]).toContain('--help');
        }
      } finally {
        said.mockRestore();
      }
      const words = `two\nlines ${'x'.repeat(1900)}`;
      const { code, stderr } = await shell.run(['gate', command, '--tenant', 'nobody', ...options, words]);
      expect([code, stderr]).toEqual([1, expect.stringContaining('There is no tenant nobody')]);
    },
  );

  it('of an unknown tenant are errors', async () => {
    for (const args of [['status'], ['checklist']]) {
      const { code, stderr } = await shell.run(['gate', ...args, '--tenant', 'nobody']);
      expect([code, stderr]).toEqual([1, expect.stringContaining('no tenant nobody')]);
    }
  });
});

describe("a tenant's calendar", () => {
  it('is set in parts, checked, shown and audited', async () => {
    const set = (...args: string[]) => shell.run(['tenant', 'set', tenant, ...args]);
    const done = await set(
      '--work-days',
      'mon-wed,sat',
      '--work-hours',
      '08:30-24:00',
      '--time-zone',
      'Asia/Tokyo',
    );
    expect([done.code, done.stdout]).toEqual([
      0,
      expect.stringContaining('business day: Mon Tue Wed Sat, 08:30 to 24:00, Asia/Tokyo'),
    ]);
    await set('--holidays', '2026-12-25,2026-01-01');
    const row = await test.database.tenant.findUniqueOrThrow({ where: { id: tenant } });
    expect(row.calendar).toEqual({
      days: [1, 2, 3, 6],
      from: '08:30',
      to: '24:00',
      holidays: ['2026-01-01', '2026-12-25'],
    });
    const entries = await test.database.auditEntry.findMany({
      where: { tenantId: tenant, action: 'tenant.set' },
    });
    expect(JSON.stringify(entries.at(-1)?.after)).toContain('2026-12-25');
  });

  it.each([
    ['--work-days', 'mon-funday'],
    ['--work-days', 'fri-mon'],
    ['--work-hours', '17:00-09:00'],
    ['--work-hours', '9-17'],
    ['--holidays', '2026-02-30'],
  ])('%s %s is wrong usage', async (...args) => {
    const { code } = await shell.run(['tenant', 'set', tenant, ...args]);
    expect(code).toBe(2);
  });
});
