import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GateStatus } from '../../src/gate/gate-status.ts';
import {
  leavePlace,
  runCli,
  startProduct,
  takePlace,
  type Ended,
  type Place,
} from '../support/system/start.ts';

/** Trace coverage says nothing before an event is 90 s old, and the watch is three minutes. */
const WITHIN_MS = 600_000;

let place: Place;

beforeAll(async () => {
  place = await takePlace();
  await startProduct(place, { args: ['--no-sample'] });
});
afterAll(() => place && leavePlace(place));

const run = (...args: string[]): Promise<Ended> => runCli(place, ...args);

it(
  'a rehearsal brings a tenant from nothing to open, and shortens the day of that tenant alone',
  async () => {
    await run('tenant', 'add', 'real');
    const refused = await run('gate', 'rehearse', '--tenant', 'real');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('may hold what is real')]);
    // Nor is its second tenant made.
    expect((await run('gate', 'status', '--tenant', 'real-staging')).code).toBe(1);

    const began = Date.now();
    const { code, stdout, stderr } = await run('gate', 'rehearse', '--tenant', 'practice', '--json');
    expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ tenant: 'practice', state: 'open' });
    expect(Date.now() - began).toBeLessThan(WITHIN_MS);

    const statusOf = async (tenant: string) =>
      JSON.parse((await run('gate', 'status', '--tenant', tenant, '--json')).stdout) as GateStatus;
    expect(await statusOf('practice')).toMatchObject({
      ...{ state: 'open', rehearsal: true },
      watch: { neededSeconds: 180, calendarSeconds: 86_400, complete: true, ended: true },
    });
    expect(await statusOf('real')).toMatchObject({ rehearsal: false });
    const { stdout: shown } = await run('gate', 'status', '--tenant', 'practice');
    expect(shown).toContain('SHORTENED BUSINESS DAY: 3 min for this rehearsal');
    const { stdout: audit } = await run('audit', 'export');
    expect(audit).toContain('gate.rehearsal');

    const again = await run('gate', 'rehearse', '--tenant', 'practice');
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('former rehearsal')]);
  },
  WITHIN_MS + 120_000,
);
