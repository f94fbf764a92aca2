import { utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { testDatabase, type TestDatabase } from '../../../support/database.ts';
import { isMissing } from '../../../support/fetched-program.ts';
import { findSshd, startOpenSsh } from '../../../support/openssh.ts';
import { feedOf, figures, openShop } from '../../run/run-world.ts';
import { carryOnFetch, fetchNow, fetchWhole } from '../fetching.ts';
import { scriptedServer, type ScriptedServer } from './scripted-server.ts';

const COLUMNS =
  'kind: snapshot\nguards: { lost: 100%, toZero: 100% }\ncolumns: { sku: sku, quantity: qty, updatedAt: at }\n';
const NIGHT = 1_764_000_000;
const stock = (items: number, quantity: number, day = 20): string =>
  `sku,qty,at\n${Array.from({ length: items }, (_, no) => `ITEM-${no},${quantity},2026-11-${day}T06:00:00Z\n`).join('')}`;
const sshd = await findSshd();
let test: TestDatabase;

beforeEach(async () => {
  test = await testDatabase();
  await openShop(test);
});
afterEach(() => test?.drop());

describe('a feed whose files come from an SFTP server', () => {
  let server: ScriptedServer;
  beforeEach(async () => {
    server = await scriptedServer();
    const { port, hostKey } = server;
    const source = {
      host: '127.0.0.1',
      port,
      path: '/out/*.csv',
      user: 'catalog',
      password: 'sesame',
      hostKey,
    };
    await feedOf(test, 'night', COLUMNS, JSON.stringify({ sftp: source }));
  });
  afterEach(() => server?.close());
  const put = (name: string, content: string, mtime: number): void => {
    server.files.set(`/out/${name}`, { content: Buffer.from(content), mtime });
  };

  it('takes each file once, by name, size and time', async () => {
    put('a.csv', stock(20, 4), NIGHT);
    expect(await fetchWhole(test, 'night')).toMatchObject({ state: 'completed', events: { accepted: 20 } });
    expect((await fetchNow(test, 'night')).state).toBe('unchanged');
    // Another name of the same bytes.
    put('b.csv', stock(20, 4), NIGHT + 1);
    expect((await fetchWhole(test, 'night')).state).toBe('unchanged');
    put('b.csv', stock(20, 5, 21), NIGHT + 2);
    expect(await fetchWhole(test, 'night')).toMatchObject({ state: 'completed', events: { accepted: 20 } });
  });

  it('waits for a file that grows, however old its time says that it is', async () => {
    put('a.csv', stock(5, 4), NIGHT);
    const { runId, state } = await fetchNow(test, 'night');
    expect(state).toBe('fetching');
    put('a.csv', stock(10, 4), NIGHT);
    expect((await carryOnFetch(test, runId)).state).toBe('fetching');
    put('a.csv', stock(20, 4), NIGHT);
    expect((await carryOnFetch(test, runId)).state).toBe('fetching');
    expect(await carryOnFetch(test, runId)).toMatchObject({ state: 'completed', events: { accepted: 20 } });
  });

  it.each([
    ['is cut', { cutAfterBytes: 100_000 }],
    ['ends too early', { endsAt: 100_000 }],
  ])('lets nothing flow of a file that %s, and takes it when it comes whole', async (_what, script) => {
    put('a.csv', stock(4_000, 4), NIGHT);
    await fetchWhole(test, 'night');
    put('a.csv', stock(4_000, 5, 21), NIGHT + 1);
    Object.assign(server.script, script);
    expect(await fetchWhole(test, 'night')).toMatchObject({
      state: 'failed',
      failure: expect.stringContaining('the file was cut on its way'),
      events: { accepted: 0, zeroed: 0 },
    });
    expect(new Set(Object.values(await figures(test)))).toEqual(new Set([4]));
    for (const fault of Object.keys(server.script)) delete (server.script as Record<string, unknown>)[fault];
    expect(await fetchWhole(test, 'night')).toMatchObject({
      ...{ state: 'completed', events: { accepted: 4_000, zeroed: 0 } },
    });
  });

  it('fails by a wrong key of the server, and says which one it shows, but no secret', async () => {
    const { port, hostKey } = server;
    const source = { host: '127.0.0.1', port, path: '/out/*.csv', user: 'catalog', password: 'sesame' };
    await feedOf(
      test,
      'night',
      COLUMNS,
      JSON.stringify({ sftp: { ...source, hostKey: `SHA256:${'C'.repeat(43)}` } }),
    );
    const { state, failure } = await fetchNow(test, 'night', { attempt: 1 });
    expect([state, failure]).toEqual(['failed', expect.stringContaining(hostKey)]);
    expect(failure).not.toContain('sesame');
  });
});

describe.skipIf(isMissing("OpenSSH's server", sshd))("a feed whose files come from OpenSSH's server", () => {
  it('takes each once, waits for the rest of one, and finds the server again', async () => {
    const server = await startOpenSsh('folder' in sshd ? sshd.folder : '');
    onTestFinished(() => server.close());
    const { port, user, key, folder, hostKeys } = server;
    const source = { host: '127.0.0.1', port, user, key, path: `${folder}/*.csv`, hostKey: hostKeys[2] };
    await feedOf(test, 'night', COLUMNS, JSON.stringify({ sftp: source }));
    const put = async (content: string, at: number): Promise<void> => {
      await writeFile(path.join(folder, 'stock.csv'), content);
      await utimes(path.join(folder, 'stock.csv'), at, at);
    };
    await put(stock(1_000, 4), NIGHT);
    const { runId, state } = await fetchNow(test, 'night');
    expect(state).toBe('fetching');
    await put(stock(2_000, 4), NIGHT);
    expect((await carryOnFetch(test, runId)).state).toBe('fetching');
    expect(await carryOnFetch(test, runId)).toMatchObject({
      state: 'completed',
      events: { accepted: 2_000 },
    });
    expect((await fetchNow(test, 'night')).state).toBe('unchanged');
    await server.kill();
    await put(stock(2_000, 5, 21), NIGHT + 60);
    await expect(fetchNow(test, 'night', { attempt: 1 })).rejects.toThrow(
      `127.0.0.1:${port} cannot be reached: connect ECONNREFUSED`,
    );
    const [{ id } = { id: '' }] = await test.database.feedRun.findMany({ where: { state: 'fetching' } });
    await server.start();
    expect((await carryOnFetch(test, id)).state).toBe('fetching');
    expect(await carryOnFetch(test, id)).toMatchObject({ state: 'completed', events: { accepted: 2_000 } });
  });
});
