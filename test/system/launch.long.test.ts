import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GateStatus } from '../../src/gate/gate-status.ts';
import {
  leavePlace,
  runCommand,
  startProduct,
  takePlace,
  type Ended,
  type Place,
} from '../support/system/start.ts';
import { until } from '../support/until.ts';

/** In seconds. Trace coverage says nothing before an event is 90 s old, so a rehearsal takes two minutes anyway. */
const BUSINESS_DAY = 5;
const ITEMS = 210;
const TENANT = 'shop';
const SUPPLIERS = ['acme', 'globex', 'initech'];

/** Each look is a process of its own. */
const PATIENCE = 120_000;
/** Looking all the time would take the processors from the tests beside this one. */
const WATCHING = [200_000, 4_000] as const;

let place: Place;

beforeAll(async () => {
  place = await takePlace();
  place.environment['GATE_BUSINESS_DAY_SECONDS'] = String(BUSINESS_DAY);
  place.environment['GATE_SAMPLE_SECONDS'] = '1';
  await startProduct(place, { args: ['--no-sample'] });
});
afterAll(() => place && leavePlace(place));

const run = (...args: string[]): Promise<Ended> => runCommand(place, ...args);

async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args);
  expect([args.join(' '), code, code === 0 ? '' : stderr]).toEqual([args.join(' '), 0, '']);
  return stdout;
}

async function gate(command: string, ...args: string[]): Promise<string> {
  return done('gate', command, '--tenant', TENANT, ...args);
}

/** Runs a command that the gate has to refuse. @returns the missing conditions */
async function refused(command: string, ...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await run('gate', command, '--tenant', TENANT, ...args, '--json');
  expect([code, stderr]).toEqual([1, expect.stringContaining('nothing was changed')]);
  const { missing } = JSON.parse(stdout) as { missing: { condition: string }[] };
  return missing.map(({ condition }) => condition);
}

async function status(): Promise<GateStatus & { code: number | null }> {
  const { code, stdout } = await run('gate', 'status', '--tenant', TENANT, '--json');
  return { ...(JSON.parse(stdout) as GateStatus), code };
}

const outcomesOf = async (tenant: string, sku: string): Promise<string[]> => {
  const story = JSON.parse(await done('trace', sku, '--tenant', tenant, '--json')) as {
    events: { outcome: string }[];
  };
  return story.events.map(({ outcome }) => outcome);
};

let files = 0;
async function ingest(tenant: string, supplier: string, rows: readonly string[]): Promise<void> {
  const file = path.join(place.dataDir, `feed-${(files += 1)}.csv`);
  await writeFile(file, `id,sku,quantity,updatedAt\n${rows.join('\n')}\n`);
  await done('ingest', file, '--tenant', tenant, '--supplier', supplier);
}

const rows = (name: string, count: number, day = 1): string[] =>
  Array.from(
    { length: count },
    (_, index) => `${name}-${index},${name.toUpperCase()}-${index},${index},2026-06-0${day}T10:00:00Z`,
  );

it('a launch goes from an empty database to an open tenant by the command line alone', async () => {
  const hours = ['--work-days', 'mon-sun', '--work-hours', '00:00-24:00'];
  await done('tenant', 'add', TENANT, ...hours);
  await Promise.all(SUPPLIERS.map((supplier) => done('supplier', 'add', supplier, '--tenant', TENANT)));
  // What suppliers send before the launch is held.
  await Promise.all([
    ingest(TENANT, 'acme', rows('acme', ITEMS)),
    ingest(TENANT, 'globex', rows('globex', 3)),
    ingest(TENANT, 'initech', rows('initech', 3)),
  ]);

  // Staging, for the evidence.
  await done('tenant', 'add', 'staging', '--state', 'open', '--reason', 'staging');
  await done('supplier', 'add', 'acme', '--tenant', 'staging', '--state', 'open', '--reason', 'staging');
  await ingest('staging', 'acme', rows('stage', 3));
  await until(async () => (await outcomesOf('staging', 'STAGE-2')).includes('won'), PATIENCE);
  await done('replay', '--tenant', 'staging', '--since', '2020-01-01T00:00:00Z');
  const { replayId } = JSON.parse(await done('replay', 'list', '--tenant', 'staging', '--json')) as {
    replayId: string;
  };

  // Closed: nothing opens without the checklist, and no item of it without its evidence.
  const closed = await status();
  expect([closed.code, closed.state, closed.toOpen.length]).toEqual([3, 'closed', 5]);
  const open = ['--supplier', 'acme', '--reason', 'release 12', '--actor', 'ada'];
  expect(await refused('open', ...open)).toEqual([
    'checklist_replay_tested',
    'checklist_dashboard',
    'checklist_canary_approved',
    'checklist_rollback_note',
    'checklist_support_macro',
  ]);
  const wrong = await run(
    ...['gate', 'checklist', '--tenant', TENANT, '--confirm', 'replay-tested', '--reference', 'nothing'],
  );
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('no replay nothing')]);
  for (const [name, reference] of [
    ['replay-tested', replayId],
    ['dashboard', 'https://grafana.example.com/d/catalog-sync'],
    ['canary-approved', 'Ada, in the release meeting'],
    ['rollback-note', 'https://tickets.example.com/12#rollback'],
  ] as const) {
    await gate('checklist', '--confirm', name, '--reference', reference);
  }
  expect(await refused('open', ...open)).toEqual(['checklist_support_macro']);
  await gate('checklist', '--confirm', 'support-macro', '--reference', 'https://help.example.com/macro');
  expect(await refused('widen', '--supplier', 'globex', '--reason', 'early')).toEqual(['canary_open']);

  // Canary: what was held flows, the others wait; nothing widens before its time.
  expect(await gate('open', ...open)).toContain('is canary; open: acme; held: globex, initech');
  const early = await refused('widen', '--supplier', 'globex', '--reason', 'early');
  expect(early).toEqual(expect.arrayContaining(['watch_complete', 'traces_explained']));
  expect(await refused('approve-trace', '--event', 'acme-1', '--explanation', 'early')).toEqual([
    'event_sampled',
  ]);
  await ingest(TENANT, 'acme', [...rows('acme-live', 4, 2), 'late,ACME-LIVE-1,9,2026-06-01T09:00:00Z']);
  await until(async () => (await outcomesOf(TENANT, 'ACME-209')).includes('won'), PATIENCE);
  expect(await outcomesOf(TENANT, 'GLOBEX-1')).toEqual(['held']);

  // The business day, all green; then the gate samples three updates.
  const watched = await until(
    async () => {
      const now = await status();
      return now.watch?.complete === true && now.reviews.length === 3 && now;
    },
    ...WATCHING,
  );
  expect([watched.code, watched.verdict, watched.toWiden.map(({ condition }) => condition)]).toEqual([
    0,
    'pass',
    ['traces_explained'],
  ]);
  expect(watched.reviews.map(({ outcome }) => outcome)).toContain('superseded');
  const table = await gate('status');
  expect(table).toContain('SHORTENED BUSINESS DAY: 5 s by GATE_BUSINESS_DAY_SECONDS');
  expect(table.split('\n').every((line) => line.length <= 80)).toBe(true);
  expect(table).not.toContain('\u001b');

  // Support explains them; each counts once.
  const [first, ...others] = watched.reviews;
  const explain = (event: string) => ['--event', event, '--explanation', 'the newest of its item wins'];
  const wordless = ['--event', String(first?.eventId), '--explanation', ' '];
  expect((await run('gate', 'approve-trace', '--tenant', TENANT, ...wordless)).code).toBe(2);
  await gate('approve-trace', ...explain(String(first?.eventId)));
  expect(await refused('approve-trace', ...explain(String(first?.eventId)))).toEqual(['event_not_approved']);
  expect(await refused('widen', '--supplier', 'globex', '--reason', 'early')).toEqual(['traces_explained']);
  await Promise.all(others.map(({ eventId }) => gate('approve-trace', ...explain(eventId))));

  // Supplier by supplier, to the end.
  expect(await gate('widen', '--supplier', 'globex', '--reason', 'green')).toContain('held: initech');
  await until(async () => (await outcomesOf(TENANT, 'GLOBEX-1')).includes('won'), PATIENCE);
  // Each widening needs a sample that was taken after the one before.
  await until(async () => (await status()).toWiden.length === 0, PATIENCE);
  expect(await gate('widen', '--supplier', 'initech', '--reason', 'green')).toContain(`${TENANT} is open`);
  await until(async () => (await outcomesOf(TENANT, 'INITECH-1')).includes('won'), PATIENCE);
  const launched = await until(async () => {
    const now = await status();
    return now.code === 0 && now;
  }, PATIENCE);
  expect([launched.state, launched.toWiden]).toEqual(['open', []]);

  // Whoever comes later has a watch of its own.
  await done('supplier', 'add', 'late', '--tenant', TENANT);
  await until(async () =>
    (await status()).suppliers.some(({ supplier, watch }) => supplier === 'late' && watch),
  );
  expect(await refused('widen', '--supplier', 'late', '--reason', 'early')).toContain('traces_explained');

  // Back at once; what comes is held, and goes on when the gate opens again.
  const back = JSON.parse(await gate('rollback', '--reason', 'wrong prices', '--json')) as object;
  expect(back).toMatchObject({ tenant: TENANT, before: 'open', after: 'closed' });
  expect((await run('gate', 'status', '--tenant', TENANT)).code).toBe(3);
  await ingest(TENANT, 'acme', ['after,ACME-0,77,2026-06-03T10:00:00Z']);
  await until(async () => (await outcomesOf(TENANT, 'ACME-0')).includes('held'), PATIENCE);
  expect(await gate('open', ...open)).toContain('open: acme; held: globex, initech, late');
  await until(async () => (await outcomesOf(TENANT, 'ACME-0'))[0] === 'won', PATIENCE);
}, 480_000);
