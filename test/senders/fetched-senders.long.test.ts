import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { microsOf } from '../../src/domain/time.ts';
import { startApi, type Api } from '../http/api.ts';
import { AS_DESCRIBED, fetchGo, fetchPhp, installed, nameOf, tryOut } from './sender-program.ts';

const FETCHED = [
  ['send.php', installed('send.php') ?? (await fetchPhp())],
  ['send.go', installed('send.go') ?? (await fetchGo())],
] as const;

let api: Api;
let url: string;

beforeAll(async () => {
  api = await startApi({ now: () => microsOf(new Date()) });
  url = `http://127.0.0.1:${await api.listen()}`;
});
afterAll(() => api?.close());

describe.each(FETCHED)('the sender %s', (file, program) => {
  const missing = 'why' in program ? ` (skipped: ${nameOf(file)} not found: ${program.why})` : '';
  if (missing !== '') process.stderr.write(`the sender ${file}${missing}\n`);

  it.skipIf(missing !== '')(
    `sends an event by ${nameOf(file)}, once whatever comes twice${missing}`,
    async () => {
      expect('run' in program && (await tryOut(file, program, api, url))).toEqual(AS_DESCRIBED);
    },
  );
});
