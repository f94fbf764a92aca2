import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Database } from '../../src/database/client.ts';
import { readCommandEnd, voidCommand } from '../../src/gate/command-end.ts';
import { writeGiven } from '../../src/gate/given-commands.ts';
import { openCanary } from '../../src/gate/open-canary.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { closedTenant, command, confirmAll, refusalOf } from './launch.ts';

let test: TestDatabase;
let worker: Database;
let tenant: string;
let no = 0;

beforeAll(async () => {
  test = await testDatabase();
  worker = test.as('worker');
});
afterAll(() => test?.drop());
beforeEach(async () => {
  tenant = `shop-${(no += 1)}`;
  await closedTenant(test.database, tenant, ['acme']);
});

/** Given by a server, and carried out by a worker. */
async function given() {
  const asked = { ...(await command(test.database, tenant)), suppliers: ['acme'] };
  await writeGiven(test.as('server'), 'openCanary', asked);
  return asked;
}
const state = async () => (await test.database.tenant.findUniqueOrThrow({ where: { id: tenant } })).state;

it('a command that was refused once stays refused, whatever is so later', async () => {
  const asked = await given();
  expect(await readCommandEnd(test.as('server'), asked)).toBeUndefined();
  const missing = await refusalOf(openCanary(worker, asked));
  expect(missing).toContain('checklist_dashboard');
  await confirmAll(test.database, tenant);
  expect(await refusalOf(openCanary(worker, asked))).toEqual(missing);
  const end = await voidCommand(test.as('server'), asked);
  expect(end?.missing?.map(({ condition }) => condition)).toEqual(missing);
  expect(await state()).toBe('closed');
});

it('a command that its giver made void is not carried out any more', async () => {
  await confirmAll(test.database, tenant);
  const asked = await given();
  expect(await voidCommand(test.as('server'), asked)).toBeUndefined();
  expect(await refusalOf(openCanary(worker, asked))).toEqual(['in_time']);
  expect(await state()).toBe('closed');
});

it('a command that was carried out is not void', async () => {
  await confirmAll(test.database, tenant);
  const asked = await given();
  const answer = await openCanary(worker, asked);
  expect(await voidCommand(test.as('server'), asked)).toEqual({ answer });
  expect(await openCanary(worker, asked)).toEqual(answer);
  expect(await state()).toBe('canary');
});

it('a command is not made void for another tenant', async () => {
  await confirmAll(test.database, tenant);
  const asked = await given();
  await voidCommand(test.as('server'), { ...asked, tenant: 'other' });
  expect(await openCanary(worker, asked)).toMatchObject({ state: 'canary' });
});
