import { randomBytes } from 'node:crypto';
import { symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sftpSource } from '../../../../src/feed/source/sftp.ts';
import { isMissing } from '../../../support/fetched-program.ts';
import { findSshd, startOpenSsh, type OpenSsh } from '../../../support/openssh.ts';

const sshd = await findSshd();
const NIGHT = new Date('2026-11-25T03:00:00Z');

describe.skipIf(isMissing("OpenSSH's server", sshd))("OpenSSH's server", () => {
  let server: OpenSsh;
  beforeAll(async () => {
    server = await startOpenSsh('folder' in sshd ? sshd.folder : '');
  });
  afterAll(() => server?.close());

  const source = (more: { hostKey?: string; user?: string; key?: string } = {}) => {
    const { port, user, key, hostKeys, folder } = server;
    const named = { host: '127.0.0.1', port, user, key, hostKey: hostKeys[0] ?? '' };
    return sftpSource(
      { ...named, path: `${folder}/stock-*.csv`, ...more },
      { signal: new AbortController().signal, keyFolder: undefined },
    );
  };

  it('gives its files, with their times, to whoever names one of its keys', async () => {
    const content = randomBytes(3_000_000);
    await writeFile(path.join(server.folder, 'stock-1.csv'), content);
    await utimes(path.join(server.folder, 'stock-1.csv'), NIGHT, NIGHT);
    await symlink('stock-1.csv', path.join(server.folder, 'stock-newest.csv'));
    await symlink('nothing', path.join(server.folder, 'stock-nothing.csv'));
    expect(server.hostKeys).toHaveLength(3);
    for (const hostKey of server.hostKeys) {
      const files = await source({ hostKey }).look(() => false);
      expect(files.map(({ name, writtenAt }) => [name, writtenAt])).toEqual([
        ['stock-1.csv', BigInt(NIGHT.getTime()) * 1_000n],
        ['stock-newest.csv', BigInt(NIGHT.getTime()) * 1_000n],
      ]);
      for (const file of files) expect((await buffer(await file.open())).equals(content)).toBe(true);
    }
  });

  it('is not trusted by another key, and trusts no other user', async () => {
    const look = (more: object) => source(more).look(() => false);
    await expect(look({ hostKey: `SHA256:${'B'.repeat(43)}` })).rejects.toThrow(
      `its key is ${server.hostKeys[0]} or ${server.hostKeys[1]} or ${server.hostKeys[2]}, and hostKey is SHA256:BBB`,
    );
    await expect(look({ user: 'somebody' })).rejects.toMatchObject({
      ...{ passes: false, message: expect.stringContaining('does not let somebody in by the key') },
    });
  });
});
