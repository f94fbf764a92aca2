import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ringOf } from '../../src/access/secrets/key-ring.ts';
import { processesNaming, remainders } from '../support/system/processes.ts';
import { leavePlace, runCli, startProduct, takePlace, type Place } from '../support/system/start.ts';
import { openSenders } from '../support/system/supplier.ts';

let place: Place;

beforeAll(async () => {
  place = await takePlace();
});
afterAll(() => leavePlace(place));

it('a start with another key ends and names both, and with both keys it goes on', async () => {
  const first = await startProduct(place, { args: ['--no-sample'] });
  await openSenders(place, first, 'shop', ['acme']);
  process.kill(first.pid, 'SIGTERM');
  expect((await first.ended).code).toBe(0);
  const file = path.join(place.dataDir, 'secrets.key');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const right = readFileSync(file, 'utf8').trim();
  const wrong = randomBytes(32);
  writeFileSync(file, `${wrong.toString('base64')}\n`);

  const ended = await runCli(place, 'start', '--no-sample');
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain(
    `it was written with the key ${ringOf(Buffer.from(right, 'base64'))[0].id}, and here is ${ringOf(wrong)[0].id}`,
  );
  expect(ended.stderr).not.toContain('starting server');
  expect(await remainders(() => processesNaming(place.dataDir))).toEqual([]);

  appendFileSync(file, `${right}\n`);
  const again = await startProduct(place, { args: ['--no-sample'] });
  const [sender] = await openSenders(place, again, 'shop-2', ['acme']);
  const answer = await sender?.post([
    { id: 'e-1', sku: 'CHAIR-01', quantity: 1, updatedAt: '2026-06-01T10:00:00Z' },
  ]);
  expect(answer).toMatchObject({ status: 202 });
  const rotated = await runCli(place, 'secrets', 'rotate', '--json');
  expect([rotated.code, JSON.parse(rotated.stdout)]).toMatchObject([0, { suppliers: 1, storefronts: 0 }]);
  process.kill(again.pid, 'SIGTERM');
  expect((await again.ended).code).toBe(0);
});
