import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/database/client.ts';
import { isDatabaseUnavailable } from '../../src/database/database-unavailable.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { faultyProxy, type FaultyProxy } from '../support/faulty-proxy.ts';

let db: TestDatabase;
let proxy: FaultyProxy;

beforeEach(async () => {
  db = await testDatabase();
  proxy = await faultyProxy(Number(new URL(db.url).port));
});
afterEach(async () => {
  await proxy.close();
  await db.drop();
});

function opened(connections: number) {
  let hangs = 0;
  const url = new URL(db.url);
  url.port = String(proxy.port);
  const database = openDatabase(url.href, {
    connections,
    statementTimeoutMs: 500,
    onHang: () => (hangs += 1),
  });
  onTestFinished(() => database.$disconnect());
  return { database, hangs: () => hangs };
}

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a connection that takes bytes and answers nothing', () => {
  it('is thrown away with the idle ones beside it, and the next query has a new one', async () => {
    const { database, hangs } = opened(5);
    await Promise.all(Array.from({ length: 5 }, () => database.$executeRaw`SELECT pg_sleep(0.1)`));
    expect(proxy.freeze()).toBe(5);
    const error = await failureOf(database.$queryRaw`SELECT 1`);
    expect(isDatabaseUnavailable(error)).toBe(true);
    expect(hangs()).toBe(1);
    for (let query = 0; query < 5; query += 1) await database.$queryRaw`SELECT 1`;
    expect(hangs()).toBe(1);
  });

  it('does not keep a pool from closing', async () => {
    const { database } = opened(3);
    await Promise.all(Array.from({ length: 3 }, () => database.$executeRaw`SELECT pg_sleep(0.1)`));
    proxy.freeze();
    await expect(database.$disconnect()).resolves.toBeUndefined();
  });

  it('in a transaction fails the transaction, and is not used again', async () => {
    const { database, hangs } = opened(1);
    const error = await failureOf(
      database.$transaction(async (transaction) => {
        await transaction.$queryRaw`SELECT 1`;
        proxy.freeze();
        await transaction.$queryRaw`SELECT 2`;
      }),
    );
    expect(isDatabaseUnavailable(error)).toBe(true);
    await database.$queryRaw`SELECT 3`;
    expect(hangs()).toBe(1);
  });

  it('of a server that answers no new ones either is an error in bounded time, until it does again', async () => {
    const { database } = opened(2);
    await database.$queryRaw`SELECT 1`;
    proxy.freezeAll();
    for (let query = 0; query < 2; query += 1) {
      expect(isDatabaseUnavailable(await failureOf(database.$queryRaw`SELECT 1`))).toBe(true);
    }
    proxy.mend();
    await database.$queryRaw`SELECT 1`;
  });
});

describe('a connection that answers', () => {
  it('is kept when this process stood still for longer than the limit', async () => {
    const { database, hangs } = opened(2);
    await Promise.all([database.$queryRaw`SELECT 1`, database.$queryRaw`SELECT 1`]);
    const asked = database.$executeRaw`SELECT pg_sleep(0.1)`.then(() => 'answered');
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const end = performance.now() + 2_500; performance.now() < end;);
    expect(await asked).toBe('answered');
    expect(hangs()).toBe(0);
  });
});

describe('a statement that takes long', () => {
  it('is ended by its own limit, and keeps its connection', async () => {
    const { database, hangs } = opened(1);
    expect(isDatabaseUnavailable(await failureOf(database.$executeRaw`SELECT pg_sleep(2)`))).toBe(true);
    await database.$queryRaw`SELECT 1`;
    expect(hangs()).toBe(0);
  });
});
