import { afterAll, beforeAll, expect, it } from 'vitest';
import { saveItem, startApi, TENANT, type Api } from '../http/api.ts';
import { until } from '../support/until.ts';
import { cli, type Cli } from './run.ts';

let api: Api;
let shell: Cli;

beforeAll(async () => {
  api = await startApi();
  shell = await cli({ DATABASE_URL: api.urlOf('operator') });
  await api.database.supplier.create({ data: { tenantId: TENANT, id: 'rival', state: 'open' } });
});
afterAll(async () => {
  await shell?.close();
  await api?.close();
});

/** Starts a command that goes on until Ctrl-C, and waits until it does. */
async function goingOn(command: string, ...args: string[]) {
  const child = shell.start([command, '--tenant', TENANT, ...args]);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let [out, err] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
  await until(async () => err.includes('Ctrl-C ends it'));
  return {
    saying: (words: RegExp) => until(async () => words.test(out) && out, 15_000),
    end: async () => {
      child.kill('SIGINT');
      return { code: await ended, out, err };
    },
  };
}

const EVENT = { id: 'l-1', sku: 'CHAIR', quantity: 5, updatedAt: '2026-06-01T09:59:00Z' };

it('shows what comes: taken, taken again and refused, with the reason; Ctrl-C ends it with 0', async () => {
  const one = await goingOn('listen');
  await api.send(EVENT);
  await one.saying(/acme {2}accepted {3}l-1 {2}CHAIR = 5, 2026-06-01T09:59:00/);
  await api.send(EVENT);
  await api.send({ ...EVENT, quantity: 6 });
  await api.send({ ...EVENT, id: 'l-2', quantity: 'many' });
  await one.saying(/acme {2}duplicate {2}l-1\n/);
  await one.saying(/acme {2}conflict {3}l-1 {2}CHAIR = 6/);
  await one.saying(/acme {2}refused {4}422 invalid_shape\n.*\n {4}\/quantity: /);
  const { code, out } = await one.end();
  expect(code).toBe(0);
  expect(out.match(/accepted/g)).toHaveLength(1);
});

it('shows one supplier only where one is named, and all as JSON', async () => {
  const rival = await goingOn('listen', '--supplier', 'rival', '--json');
  await api.send({ ...EVENT, id: 'l-3' });
  await api.send(EVENT, { supplier: 'rival', secret: Buffer.alloc(32, 1) });
  await rival.saying(/not_signed/);
  const { out } = await rival.end();
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(lines).toMatchObject([{ supplier: 'rival', kind: 'refused', status: 401, signed: false }]);
});

it('names a supplier that is not there', async () => {
  const result = await shell.run(['listen', '--tenant', TENANT, '--supplier', 'nobody']);
  expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining('no supplier nobody') });
});

const save = (id: string, quantity: number, updatedAt: string) =>
  saveItem(api, { id, sku: 'LAMP', quantity, updatedAt });

it('changes: tells every version in a line of its own, then goes on behind the cursor that it gives', async () => {
  await save('c-1', 5, '2026-06-01T09:00:00Z');
  await save('c-2', 4, '2026-06-01T09:00:01Z');
  const first = await shell.run(['changes', '--tenant', TENANT]);
  expect(first.code).toBe(0);
  expect(first.stdout).toMatch(
    /^\S{10} \S{8}Z {2}LAMP = 5 {2}version 1, c-1 of acme\n\S{10} \S{8}Z {2}LAMP = 4 {2}version 2, c-2 of acme\n$/,
  );
  const cursor = /to go on: --after (\S+)\n$/.exec(first.stderr)?.[1] ?? '';
  const none = await shell.run(['changes', '--tenant', TENANT, '--after', cursor]);
  expect(none).toMatchObject({ code: 0, stdout: '', stderr: first.stderr });

  const following = await goingOn('changes', '--after', cursor, '--follow', '--json');
  await save('c-3', 3, '2026-06-01T09:00:02Z');
  const told = JSON.parse(await following.saying(/c-3.*\n/)) as object;
  expect(told).toMatchObject({
    itemId: `${TENANT}:LAMP`,
    version: 3,
    quantity: 3,
    cursor: expect.any(String),
  });
  expect(await following.end()).toMatchObject({
    code: 0,
    err: expect.stringContaining(`to go on: --after ${(told as { cursor: string }).cursor}`),
  });
});

it('changes: says what is wrong with a cursor, and what to do where nobody can go on from it', async () => {
  const refused = await shell.run(['changes', '--tenant', TENANT, '--after', 'nonsense']);
  expect(refused).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('it was altered or cut'),
  });
  const { stderr } = await shell.run(['changes', '--tenant', TENANT]);
  await api.sql('UPDATE ledger_home SET began_at_us = began_at_us + 1');
  const cursor = /--after (\S+)/.exec(stderr)?.[1] ?? '';
  const gone = await shell.run(['changes', '--tenant', TENANT, '--after', cursor]);
  expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('read all items again') });
});
