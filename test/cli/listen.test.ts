import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApi, TENANT, type Api } from '../http/api.ts';
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

/** Starts it, and waits until it listens. */
async function listening(...args: string[]) {
  const child = shell.start(['listen', '--tenant', TENANT, ...args]);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let [out, err] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
  await until(async () => err.includes('Ctrl-C ends it'));
  return {
    saying: (words: RegExp) => until(async () => words.test(out) && out, 15_000),
    end: async () => {
      child.kill('SIGINT');
      return { code: await ended, out };
    },
  };
}

const EVENT = { id: 'l-1', sku: 'CHAIR', quantity: 5, updatedAt: '2026-06-01T09:59:00Z' };

it('shows what comes: taken, taken again and refused, with the reason; Ctrl-C ends it with 0', async () => {
  const one = await listening();
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
  const rival = await listening('--supplier', 'rival', '--json');
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
