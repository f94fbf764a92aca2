import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { microsOf } from '../../src/domain/time.ts';
import { newSecret, formatSecret } from '../../src/standard-webhooks/secret.ts';
import { startApi, SUPPLIER, TENANT, type Api } from '../http/api.ts';

/** What runs each sender, and how to ask whether it is here. */
const SENDERS: [file: string, run: string[], asks: string[]][] = [
  ['send.sh', ['bash'], ['--version']],
  ['send.py', ['python3'], ['--version']],
  ['send.mjs', [process.execPath], ['--version']],
  ['send.php', ['php'], ['--version']],
  ['send.go', ['go', 'run'], ['version']],
];

let api: Api;
let url: string;

beforeAll(async () => {
  api = await startApi({ now: () => microsOf(new Date()) });
  url = `http://127.0.0.1:${await api.listen()}`;
});
afterAll(() => api?.close());

function send(run: readonly string[], file: string, args: readonly string[], secret: string) {
  const [program = '', ...before] = run;
  return new Promise<{ code: number; output: string }>((resolve) => {
    const child = execFile(
      program,
      [...before, path.join(projectRoot(), 'docs/senders', file), ...args],
      {
        env: {
          ...{ PATH: process.env.PATH, HOME: process.env.HOME, PYTHONDONTWRITEBYTECODE: '1' },
          ...{ CATALOG_URL: url, CATALOG_TENANT: TENANT, CATALOG_SUPPLIER: SUPPLIER, CATALOG_SECRET: secret },
        },
      },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

describe.each(SENDERS)('the sender %s', (file, run, asks) => {
  const isHere = spawnSync(run[0] ?? '', asks).status === 0;
  if (!isHere) console.log(`${file} is not run: ${run[0]} is not installed here`);

  it.skipIf(!isHere)('sends an event, once whatever comes twice, and tells of a refusal', async () => {
    // As ids of suppliers may be, and those of messages may not.
    const id = `of ${file}`;
    const sent = await send(run, file, ['CHAIR-01', '5', id], api.shownSecret);
    expect(sent).toEqual({ code: 0, output: expect.stringContaining('"status":"accepted"') });
    const [row] = await api.sql('SELECT sku, quantity FROM supplier_event WHERE event_id = $1', [id]);
    expect(row).toEqual({ sku: 'CHAIR-01', quantity: 5 });

    const refused = await send(run, file, ['CHAIR-01', '5', id], formatSecret(newSecret()));
    expect(refused.output).toContain('not_signed');
    expect(refused.code).not.toBe(0);

    const again = await send(run, file, ['CHAIR-01', '6', id], api.shownSecret);
    expect(again.output).toContain('event_id_reused');
    expect(again.code).not.toBe(0);
  });
});
