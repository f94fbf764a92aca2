import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { microsOf } from '../../src/domain/time.ts';
import { startApi, type Api } from '../http/api.ts';
import { AS_DESCRIBED, installed, nameOf, SENDERS, tryOut } from './sender-program.ts';

let api: Api;
let url: string;

beforeAll(async () => {
  api = await startApi({ now: () => microsOf(new Date()) });
  url = `http://127.0.0.1:${await api.listen()}`;
});
afterAll(() => api?.close());

describe.each(SENDERS)('the sender %s', (file) => {
  const program = installed(file);
  const isHere = program ? '' : ` (skipped: ${nameOf(file)} not found; npm run test:long fetches it)`;
  if (!program) process.stderr.write(`the sender ${file}${isHere}\n`);

  it.skipIf(!program)(
    `sends an event, once whatever comes twice, and tells of a refusal${isHere}`,
    async () => {
      expect(program && (await tryOut(file, program, api, url))).toEqual(AS_DESCRIBED);
    },
  );
});
