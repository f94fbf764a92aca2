import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRunFile } from '../../src/embedded/run-file.ts';
import { familyOf, processesNaming, remainders } from '../support/system/processes.ts';
import {
  leavePlace,
  sql,
  startProduct,
  takePlace,
  type Place,
  type RunningStart,
} from '../support/system/start.ts';
import { openSenders } from '../support/system/supplier.ts';
import { until } from '../support/until.ts';

const NO_SAMPLE = { args: ['--no-sample'] };

let place: Place;
let product: RunningStart;

const catalog = async () =>
  (
    await sql<{ text: string }>(
      product,
      `SELECT sku || ' ' || quantity || ' ' || version AS text FROM catalog_item ORDER BY sku`,
    )
  ).map(({ text }) => text);

const everything = () => processesNaming(place.dataDir);

beforeAll(async () => {
  place = await takePlace();
  product = await startProduct(place, NO_SAMPLE);
  const [sender] = await openSenders(place, product, 'shop', ['acme']);
  const event = { updatedAt: '2026-06-01T10:00:00Z' };
  await sender?.post([
    { ...event, id: 'e-1', sku: 'chair-01', quantity: 4 },
    { ...event, id: 'e-2', sku: 'lamp-01', quantity: 9 },
  ]);
  await until(async () => (await catalog()).length === 2);
});

afterAll(() => leavePlace(place));

// One story again: each test ends the start in its way, and the next start has to find everything in order.
describe('the end of a start', () => {
  it('leaves no process behind when it is killed with SIGKILL', async () => {
    const family = familyOf(product.pid);
    process.kill(product.pid, 'SIGKILL');
    expect(await remainders(() => [...family, ...everything()])).toEqual([]);
  });

  it('goes on after that with all data, by npm start, and stops all when npm gets SIGTERM', async () => {
    product = await startProduct(place, { ...NO_SAMPLE, npm: {} });
    expect(await catalog()).toEqual(['CHAIR-01 4 1', 'LAMP-01 9 1']);
    const family = familyOf(product.pid);
    expect(family.length).toBeGreaterThan(6);
    process.kill(product.pid, 'SIGTERM');
    expect(await remainders(() => [...family, ...everything()])).toEqual([]);
    expect(readRunFile(place.dataDir)).toBeUndefined();
  });

  // Under a shell that becomes the program, as bash does, Ctrl-C reaches it twice: from the terminal and from npm.
  it.runIf(existsSync('/bin/bash'))(
    'is orderly on Ctrl-C under npm start, which passes it on once more',
    async () => {
      product = await startProduct(place, { ...NO_SAMPLE, npm: { shell: '/bin/bash' } });
      const family = familyOf(product.pid);
      process.kill(-product.pid, 'SIGINT');
      const { stderr } = await product.ended;
      expect(stderr).toContain('stopped; the data stays in');
      expect(await remainders(() => [...family, ...everything()], 5_000)).toEqual([]);
      expect(readRunFile(place.dataDir)).toBeUndefined();
    },
  );

  it('is orderly when its terminal is closed', async () => {
    product = await startProduct(place, NO_SAMPLE);
    const family = familyOf(product.pid);
    process.kill(product.pid, 'SIGHUP');
    const { stderr } = await product.ended;
    expect(stderr).toContain('stopped; the data stays in');
    expect(await remainders(() => [...family, ...everything()], 5_000)).toEqual([]);
  });

  it('leaves nothing behind when npm is killed with SIGKILL', async () => {
    product = await startProduct(place, { ...NO_SAMPLE, npm: {} });
    expect(await catalog()).toEqual(['CHAIR-01 4 1', 'LAMP-01 9 1']);
    const family = familyOf(product.pid);
    process.kill(product.pid, 'SIGKILL');
    expect(await remainders(() => [...family, ...everything()])).toEqual([]);
    expect(readRunFile(place.dataDir)).toBeUndefined();
  });
});
