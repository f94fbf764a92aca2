import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventsPath, startApi, type Api } from '../api.ts';
import { headOf, rawClient, seen, statusOf, type RawClient } from './raw-client.ts';

const EVENT = '{"sku":"A","quantity":5,"updatedAt":"2026-06-01T09:59:00Z"}';
const MANY = 100;
const PLACES = 10;

let api: Api;
let port: number;

beforeAll(async () => {
  api = await startApi({ limits: { connectionsPerAddress: PLACES, headerSeconds: 1, requestSeconds: 2 } });
  port = await api.listen();
});
afterAll(() => api?.close());

/** A supplier's delivery, on a connection of its own. */
async function deliver(): Promise<number> {
  const head = headOf('POST', eventsPath(), {
    ...api.signed(EVENT),
    'content-length': String(EVENT.length),
    connection: 'close',
  });
  const client = await rawClient(port, head + EVENT);
  await seen(client.closed);
  return statusOf(client);
}

const slowHeaders = (): Promise<RawClient> =>
  rawClient(port, `POST ${eventsPath()} HTTP/1.1\r\nHost: localhost\r\nX-A:`);
/** Everything that can be judged is right, only the body does not come. */
const slowBody = (): Promise<RawClient> =>
  rawClient(port, headOf('POST', eventsPath(), { ...api.signed(EVENT), 'content-length': '1000' }) + '{');

describe.each([
  ['headers', slowHeaders],
  ['a body', slowBody],
])('connections that hold %s back', (_, open) => {
  it('are closed by and by, while a supplier at the same address is answered', async () => {
    const held: RawClient[] = [];
    for (let no = 0; no < MANY; no += 1) held.push(await open());
    expect(await deliver()).toBe(202);
    // No more of them than there are places; the oldest went first.
    await seen(() => held.slice(0, MANY - PLACES).every(({ closed }) => closed()));
    expect(await deliver()).toBe(202);
    await seen(() => held.every(({ closed }) => closed()));
    expect(await deliver()).toBe(202);
  });

  it('are told that it took too long, where nobody needs their place', async () => {
    const client = await open();
    await seen(client.closed);
    expect(client.heard()).toMatch(/^HTTP\/1\.1 408 [^]*application\/problem\+json[^]*request_timeout/);
  });

  it('are not kept open by a byte now and then', async () => {
    const client = await open();
    const drip = setInterval(() => client.socket.write(' '), 100);
    await seen(client.closed).finally(() => clearInterval(drip));
    expect(statusOf(client)).toBe(408);
  });
});

it('a connection that says nothing at all is closed', async () => {
  const client = await rawClient(port, '');
  expect(await seen(client.closed)).toBe(true);
});
