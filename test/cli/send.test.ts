import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { microsOf } from '../../src/domain/time.ts';
import { formatSecret, newSecret } from '../../src/standard-webhooks/secret.ts';
import { startApi, SUPPLIER, TENANT, type Api } from '../http/api.ts';
import { cli, type Cli } from './run.ts';

let api: Api;
let shell: Cli;
let url: string;

beforeAll(async () => {
  api = await startApi({ now: () => microsOf(new Date()) });
  url = `http://127.0.0.1:${await api.listen()}`;
  shell = await cli();
});
afterAll(async () => {
  await shell?.close();
  await api?.close();
});

const args = (...more: string[]): string[] => [
  ...['send', '--url', url, '--tenant', TENANT, '--supplier', SUPPLIER],
  ...['--sku', 'CHAIR-01', '--quantity', '5', ...more],
];
const withSecret = (secret = api.shownSecret) => ({ env: { CATALOG_SECRET: secret } });

describe('send', () => {
  it('sends a signed event, and says what the answer means', async () => {
    const sent = await shell.run(args('--id', 'e-1', '--location', 'west'), withSecret());
    expect(sent).toEqual({
      code: 0,
      stdout: '202 accepted\n  event e-1: accepted, it is in the ledger, and its turn comes within seconds\n',
      stderr: '',
    });
    const [row] = await api.sql(`SELECT sku, quantity, location FROM supplier_event WHERE event_id = 'e-1'`);
    expect(row).toEqual({ sku: 'CHAIR-01', quantity: 5, location: 'west' });
  });

  it('takes the secret from a file or from stdin, and never from the command line', async () => {
    const file = path.join(shell.folder, 'secret');
    await writeFile(file, `${api.shownSecret}\n`);
    expect(await shell.run(args('--secret-file', file))).toMatchObject({ code: 0 });
    expect(await shell.run(args('--secret-file', '-'), { input: api.shownSecret })).toMatchObject({
      code: 0,
    });
    expect(await shell.run(args('--secret', api.shownSecret))).toMatchObject({ code: 2 });
  });

  it('ends with 1 and the reason when the event was not taken', async () => {
    const unsigned = await shell.run(args(), withSecret(formatSecret(newSecret())));
    expect(unsigned).toMatchObject({ code: 1, stdout: expect.stringMatching(/^401 not_signed: .*\n {2}/) });
    const shape = await shell.run(args('--quantity', '2.5', '--updated-at', 'today'), withSecret());
    expect(shape.code).toBe(1);
    expect(shape.stdout).toMatch(/^422 invalid_shape: /);
    expect(shape.stdout).toMatch(/^ {2}\/quantity: /m);
    expect(shape.stdout).toMatch(/^ {2}\/updatedAt: /m);
  });

  it('has all of it as JSON', async () => {
    const { code, stdout } = await shell.run(args('--id', 'e-2', '--json'), withSecret());
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      eventId: 'e-2',
      status: 202,
      receipts: { results: [{ eventId: 'e-2', status: 'accepted' }] },
    });
  });

  it.each([
    ['without a secret', {}, 2, /No signing secret/],
    ['with one that is none', { CATALOG_SECRET: 'whsec_hunter2' }, 2, /cannot be used/],
  ])('%s nothing is sent, and no secret is quoted', async (_how, env, code, words) => {
    const result = await shell.run(args(), { env });
    expect(result).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(words) });
    expect(result.stderr).not.toContain('hunter2');
  });

  it('says so when nobody answers, or somebody else', async () => {
    const nobody = await shell.run([...args(), '--url', 'http://127.0.0.1:9'], withSecret());
    expect(nobody).toMatchObject({ code: 1, stderr: expect.stringContaining('does not answer') });
    const page = await shell.run([...args(), '--url', `${url}/shop`], withSecret());
    expect(page.code).toBe(1);
  });
});
