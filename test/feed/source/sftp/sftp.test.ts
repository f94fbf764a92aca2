import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import ssh2 from 'ssh2';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { sftpSource } from '../../../../src/feed/source/sftp.ts';
import type { SftpServer } from '../../../../src/feed/source/sftp/server.ts';
import { createOutgoing, setOutgoing } from '../../../../src/outgoing/outgoing.ts';
import { newSshKey } from '../../../support/ssh-keys.ts';
import { until } from '../../../support/until.ts';
import { scriptedServer, type ScriptedServer } from './scripted-server.ts';

const { generateKeyPairSync } = ssh2.utils;
const LIMITS = { connectMs: 2_000, answerMs: 700 };
/** Opening a key takes long by design. */
const LONGER = { connectMs: 10_000, answerMs: 10_000 };
const LOCKED = { bits: 256, passphrase: 'open', cipher: 'aes256-ctr', rounds: 4 } as const;
const NIGHT = 1_764_000_000;
let server: ScriptedServer;

beforeEach(async () => {
  server = await scriptedServer();
});
afterEach(() => server?.close());

const put = (name: string, content: Buffer | string, mtime = NIGHT): void => {
  server.files.set(`/out/${name}`, { content: Buffer.from(content), mtime });
};

function source(
  more: Partial<SftpServer> = {},
  options: { signal?: AbortSignal; keyFolder?: string; limits?: typeof LIMITS } = {},
) {
  const { port, hostKey } = server;
  return sftpSource(
    {
      ...{ host: '127.0.0.1', port, path: '/out/*.csv', user: 'catalog', hostKey },
      ...(more.key === undefined && more.keyFile === undefined && { password: 'sesame' }),
      ...more,
    },
    { signal: new AbortController().signal, keyFolder: undefined, limits: LIMITS, ...options },
  );
}

const look = (from = source()) => from.look(() => false);

async function read(from = source()): Promise<Buffer> {
  const [file] = await look(from);
  if (!file) throw new Error('no file');
  return buffer(await file.open());
}

describe('the files of an SFTP server', () => {
  it('are those that fit, the oldest first, and are read to their end', async () => {
    const content = randomBytes(1_500_000);
    put('b.csv', content, NIGHT - 60);
    put('a.csv', 'x');
    put('a.csv.part', 'x');
    put('.hidden.csv', 'x');
    const files = await look();
    expect(files.map(({ name, state, writtenAt, mayBeHalf }) => [name, state, writtenAt, mayBeHalf])).toEqual(
      [
        ['b.csv', `b.csv 1500000 ${NIGHT - 60}`, BigInt(NIGHT - 60) * 1_000_000n, true],
        ['a.csv', `a.csv 1 ${NIGHT}`, BigInt(NIGHT) * 1_000_000n, true],
      ],
    );
    expect((await read()).equals(content)).toBe(true);
    await until(async () => server.open() === 0);
  });

  it('are one where the path names one, and all of a folder', async () => {
    put('a.csv', 'x');
    put('b.txt', 'y');
    expect((await look(source({ path: '/out/b.txt' }))).map(({ name }) => name)).toEqual(['b.txt']);
    expect((await look(source({ path: '/out' }))).map(({ name }) => name)).toEqual(['a.csv', 'b.txt']);
    expect(await look(source({ path: '/out/*.xml' }))).toEqual([]);
  });

  it('may be behind links', async () => {
    put('a.csv', 'x');
    server.files.set('/out/newest.csv', { content: Buffer.from('xyz'), mtime: NIGHT + 1, isLink: true });
    expect((await look()).map(({ name }) => name)).toEqual(['a.csv', 'newest.csv']);
  });

  it('are whole though the server gives little at a time', async () => {
    const content = randomBytes(100_000);
    put('a.csv', content);
    server.script.mostBytes = 999;
    expect((await read()).equals(content)).toBe(true);
  });

  it('are not read further than somebody wants them', async () => {
    put('a.csv', randomBytes(4_000_000));
    let reads = 0;
    server.script.onRead = () => (reads += 1);
    const [file] = await look();
    for await (const chunk of await file!.open()) {
      expect(chunk.length).toBeGreaterThan(0);
      await sleep(100);
      break;
    }
    expect(reads).toBeLessThan(30);
    await until(async () => server.open() === 0);
  });
});

describe('an SFTP server that fails', () => {
  it.each([
    ['cuts the connection', { cutAfterBytes: 300_000 }, /the connection|No response|cannot be read/],
    ['stalls', { stallAfterBytes: 300_000 }, /did not answer within 700 ms/],
    ['gives less than it said', { endsAt: 300_000 }, /the file ends at byte 300000/],
  ])('%s in the middle of a file: it may pass', async (_what, script, says) => {
    const content = randomBytes(1_000_000);
    put('a.csv', content);
    Object.assign(server.script, script);
    await expect(read()).rejects.toMatchObject({ message: expect.stringMatching(says), passes: true });
    await until(async () => server.open() === 0);
    for (const fault of Object.keys(server.script)) delete (server.script as Record<string, unknown>)[fault];
    expect((await read()).equals(content)).toBe(true);
  });

  it('says nothing at all', async () => {
    server.script.mute = true;
    await expect(look()).rejects.toMatchObject({
      ...{ passes: true, message: expect.stringMatching(/within 700 ms|timed out|Timed out/i) },
    });
  });

  it('is not there', async () => {
    const nobody = createServer().listen(0, '127.0.0.1');
    await once(nobody, 'listening');
    const { port } = nobody.address() as AddressInfo;
    await new Promise((resolve) => nobody.close(resolve));
    await expect(look(source({ port }))).rejects.toMatchObject({
      ...{
        passes: true,
        message: `127.0.0.1:${port} cannot be reached: connect ECONNREFUSED 127.0.0.1:${port}`,
      },
    });
  });

  it('is no SFTP server', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'.repeat(100)));
    other.listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(look(source({ port }))).rejects.toMatchObject({ name: 'SourceFailed' });
  });

  it('does not let us in, or not to the files', async () => {
    const expectRefusal = (more: Partial<SftpServer>, message: string) =>
      expect(look(source(more))).rejects.toMatchObject({ passes: false, message });
    const name = `127.0.0.1:${server.port}`;
    await expectRefusal(
      { password: 'wrong' },
      `${name} does not let catalog in by the password that the feed names`,
    );
    await expectRefusal({ path: '/out/none.csv' }, `${name} has no /out/none.csv`);
    await expectRefusal({ path: '/locked/a.csv' }, `${name} does not let catalog read /locked/a.csv`);
  });

  it('writes to a file that is read', async () => {
    put('a.csv', randomBytes(500_000));
    const [file] = await look();
    put('a.csv', randomBytes(500_001));
    await expect(file!.open()).rejects.toMatchObject({
      passes: true,
      message: expect.stringContaining('is still written to'),
    });
    const [again] = await look();
    server.script.onRead = () => put('a.csv', randomBytes(500_001), NIGHT + 1);
    await expect(again!.open().then(buffer)).rejects.toMatchObject({
      passes: true,
      message: 'the file was written to while it was read',
    });
  });

  it('is left in the middle when the work has to end', async () => {
    put('a.csv', randomBytes(1_000_000));
    server.script.stallAfterBytes = 300_000;
    const abort = new AbortController();
    const reading = read(source({}, { signal: abort.signal }));
    setTimeout(() => abort.abort(new Error('the worker ends')), 200);
    await expect(reading).rejects.toMatchObject({ name: 'Error', message: 'the worker ends' });
    await until(async () => server.open() === 0);
  });
});

describe("the server's key", () => {
  it('is the one that the feed names, or nothing is told', async () => {
    const hostKey = `SHA256:${'A'.repeat(43)}`;
    await expect(look(source({ hostKey }))).rejects.toMatchObject({
      passes: false,
      message: expect.stringMatching(
        new RegExp(
          `is not the server that the feed names: its key is ${literal(server.hostKey)}, and hostKey is`,
        ),
      ),
    });
    expect(server.signedIn).toBe(0);
  });

  it('may be any of those that it has', async () => {
    const keys = [newSshKey('ecdsa'), newSshKey('rsa'), newSshKey('ed25519')];
    for (const first of keys) {
      const several = await scriptedServer({ keys: [first, ...keys.filter((key) => key !== first)] });
      onTestFinished(() => several.close());
      several.files.set('/out/a.csv', { content: Buffer.from('x'), mtime: NIGHT });
      const { port, hostKey } = several;
      expect(await look(source({ port, hostKey }))).toHaveLength(1);
      expect(await look(source({ port, hostKey: `${hostKey}=` }))).toHaveLength(1);
    }
  });
});

describe('our own key', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'catalog-sync-keys-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is told of when it cannot be used, without it', async () => {
    const locked = generateKeyPairSync('ecdsa', LOCKED).private;
    await expect(look(source({ key: locked }))).rejects.toMatchObject({
      ...{ passes: false, message: expect.stringMatching(/cannot be used: .*passphrase/) },
    });
    await expect(
      look(source({ key: locked, passphrase: 'wrong' }, { limits: LONGER })),
    ).rejects.toMatchObject({
      ...{ passes: false, message: expect.not.stringContaining('wrong') },
    });
    await expect(look(source({ key: locked, passphrase: 'open' }, { limits: LONGER }))).rejects.toMatchObject(
      {
        ...{ passes: false, message: expect.stringContaining('by the key that the feed names') },
      },
    );
  });

  it('is read below the folder that the worker may read', async () => {
    await expect(look(source({ keyFile: 'acme' }))).rejects.toThrow('FEED_SSH_FOLDER');
    for (const keyFile of [path.relative(folder, '/etc/hostname'), '/etc/hostname']) {
      await expect(look(source({ keyFile }, { keyFolder: folder }))).rejects.toThrow('FEED_SSH_FOLDER');
    }
    await expect(look(source({ keyFile: 'acme' }, { keyFolder: folder }))).rejects.toThrow(
      'the key cannot be read from acme on this worker: ENOENT',
    );
    const file = path.join(folder, 'acme');
    await writeFile(file, newSshKey().private);
    await chmod(file, 0o600);
    for (const keyFile of ['acme', file]) {
      await expect(look(source({ keyFile }, { keyFolder: folder }))).rejects.toThrow(
        'by the key that the feed',
      );
    }
    await writeFile(file, 'x'.repeat(70_000));
    await expect(look(source({ keyFile: 'acme' }, { keyFolder: folder }))).rejects.toThrow(
      'not the file of a key',
    );
  });
});

describe('an address that may not be called', () => {
  it('is not called by SFTP either, and a public one needs nothing more', async () => {
    setOutgoing(createOutgoing([], async () => [{ address: '127.0.0.1', family: 4 }]));
    onTestFinished(() => setOutgoing(undefined));
    for (const host of ['127.0.0.1', 'files.acme.example', '::1']) {
      await expect(look(source({ host }))).rejects.toMatchObject({
        ...{
          passes: false,
          message: expect.stringMatching(
            / is not a public address: name another in the feed, or allow it by OUTGOING_ALLOW$/,
          ),
        },
      });
    }
    expect(server.signedIn).toBe(0);
    setOutgoing(createOutgoing([], async () => [{ address: '93.184.215.14', family: 4 }]));
    await expect(look(source({ host: 'files.acme.example' }))).rejects.not.toThrow(/by https only/);
  });
});

function literal(text: string): string {
  return text.replaceAll(/[.+^${}()|[\]\\/]/g, String.raw`\$&`);
}
