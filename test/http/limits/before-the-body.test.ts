import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { eventsPath, startApi, type Api } from '../api.ts';
import { headOf, rawClient, seen, statusOf } from './raw-client.ts';

const EVENT = '{"sku":"A","quantity":5,"updatedAt":"2026-06-01T09:59:00Z"}';

let api: Api;
let port: number;

beforeAll(async () => {
  api = await startApi({ limits: { bodyBytesInFlight: 4 * 1024 * 1024, requestSeconds: 60 } });
  port = await api.listen();
});
afterAll(() => api?.close());

/** Sends the head of a delivery, and nothing of its body. */
function headAlone(change: Record<string, string | undefined>, supplier?: string) {
  const headers = { ...api.signed(EVENT), 'content-length': String(EVENT.length), ...change };
  const kept = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return rawClient(
    port,
    headOf('POST', eventsPath(supplier === undefined ? {} : { supplier }), Object.fromEntries(kept)),
  );
}

describe('a delivery whose body has not come', () => {
  it.each([
    ['the type', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    ['the encoding', { 'content-encoding': 'gzip' }, 415, 'unsupported_media_type'],
    ['the size that it is said to have', { 'content-length': '1048577' }, 413, 'payload_too_large'],
    ['a missing signature', { 'webhook-signature': undefined }, 401, 'not_signed'],
    ['a missing id', { 'webhook-id': undefined }, 401, 'not_signed'],
    ['a signature that is none', { 'webhook-signature': 'v1,abc' }, 401, 'not_signed'],
    ['its age', { 'webhook-timestamp': '1780300000' }, 401, 'not_signed'],
    ['a time to come', { 'webhook-timestamp': '1790000000' }, 401, 'not_signed'],
  ])('is refused for %s', async (_, change, status, code) => {
    const client = await headAlone(change);
    await seen(() => client.heard().includes('"code"'));
    expect([statusOf(client), client.heard()]).toEqual([status, expect.stringContaining(`"code":"${code}"`)]);
    // What it goes on to send is not waited for.
    await seen(client.closed);
  });

  it('is refused for a supplier that is not there, in the words for a wrong signature', async () => {
    const client = await headAlone({}, 'nobody');
    await seen(() => client.heard().includes('"code"'));
    const wrong = await api.send(EVENT, { secret: Buffer.alloc(32, 1) });
    expect(client.heard()).toContain(wrong.body);
  });

  it('is waited for where all of that is right', async () => {
    const client = await headAlone({});
    // Asked later, answered before.
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    expect(client.heard()).toBe('');
    client.socket.write(EVENT);
    await seen(() => client.heard().includes('accepted'));
    expect(statusOf(client)).toBe(202);
    client.socket.destroy();
  });
});

describe('the bytes of bodies that are kept', () => {
  const long = (no: number) =>
    `{"sku":"${no}","quantity":5,"updatedAt":"2026-06-01T09:59:00Z"${' '.repeat(700_000)}}`;
  const headFor = (body: string) =>
    headOf('POST', eventsPath(), { ...api.signed(body), 'content-length': String(body.length) });

  it('are bounded: one for which there is no room is a 503, and once others are done there is room again', async () => {
    const [one, two, three] = [long(1), long(2), long(3)];
    const [first, busy] = await until(async () => {
      const earlier = await rawClient(port, headFor(one) + one.slice(0, -1));
      const later = await rawClient(port, headFor(two) + two);
      await seen(() => [earlier, later].some((client) => statusOf(client) > 0));
      if (statusOf(later) === 503) return [earlier, later] as const;
      // The later one was read first.
      for (const { socket } of [earlier, later]) socket.destroy();
      return undefined;
    });
    await seen(() => busy.heard().includes('"code"'));
    expect(busy.heard()).toMatch(/retry-after: \d[^]*"code":"too_busy"/);
    first.socket.write(one.slice(-1));
    await seen(() => first.heard().includes('accepted'));
    const again = await rawClient(port, headFor(two) + two);
    await seen(() => again.heard().includes('accepted'));
    // Whoever goes away gives back what was kept of him.
    const gone = await rawClient(port, headFor(three) + three.slice(0, -1));
    gone.socket.destroy();
    await seen(() => gone.closed());
    // As soon as the server has noticed.
    await until(async () => {
      const last = await rawClient(port, headFor(three) + three);
      await seen(() => last.heard().includes('"code"') || last.heard().includes('accepted'));
      last.socket.destroy();
      return statusOf(last) === 202;
    });
    for (const { socket } of [first, again, busy]) socket.destroy();
  });

  it('are not those that were only announced', async () => {
    const body = long(4);
    const announced = [];
    for (let no = 0; no < 8; no += 1) announced.push(await rawClient(port, headFor(body)));
    expect((await api.send(body)).statusCode).toBe(202);
    for (const { socket } of announced) socket.destroy();
  });
});

describe('an object', () => {
  const withKeys = (count: number) =>
    `{${EVENT.slice(1, -1)},${Array.from({ length: count - 3 }, (_, no) => `"k${no}":1`).join(',')}}`;

  it('of 64 keys is read, and those of them that are ignored told; of more it is a 400', async () => {
    const read = await api.send(withKeys(64));
    expect([read.statusCode, read.json().ignored.length]).toEqual([202, 51]);
    for (const count of [65, 80_000]) {
      const answer = await api.send(withKeys(count));
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'invalid_json']);
      expect(answer.json().detail).toContain('more than 64 keys');
    }
    const inArray = await api.send(`[${EVENT},${withKeys(65)}]`);
    expect(inArray.json().errors).toMatchObject([{ pointer: '/1' }]);
  });

  it('is one of no more than 40,000 keys and values in all', async () => {
    for (const body of [
      `[${'{"a":1},'.repeat(100_000)}1]`,
      `[${'1,'.repeat(100_000)}1]`,
      `[${'[],'.repeat(100_000)}1]`,
    ]) {
      const answer = await api.send(body);
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'invalid_json']);
    }
  });
});
