import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/client.ts';
import { isDatabaseUnavailable } from '../../src/database/database-unavailable.ts';
import { migrate } from '../../src/database/migrate.ts';
import { preparedQuery } from '../../src/database/prepared-query.ts';
import { allowSignIns, signInUrl } from '../../src/database/sign-ins.ts';
import { wordsOfQueryError } from '../../src/database/words-of-query-error.ts';
import { startPostgres } from '../../src/embedded/postgres.ts';
import { openSupervisor, type Supervisor } from '../../src/embedded/supervisor.ts';
import { Prisma } from '../../src/generated/prisma/client.ts';
import { PASSWORDS } from '../support/passwords.ts';

const log = (): void => undefined;
const OPENSSL = (() => {
  try {
    execFileSync('openssl', ['version']);
    return true;
  } catch {
    return false;
  }
})();

let folder: string;
let supervisor: Supervisor;
let url: URL;

const file = (name: string): string => path.join(folder, name);
const openssl = (...args: string[]): void =>
  void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });

/** A certificate authority of one's own, and what it vouches for. */
function certify(authority: string, name: string, subjectAltName: string): void {
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    `/CN=${authority}`,
    '-keyout',
    `${authority}.key`,
    '-out',
    `${authority}.pem`,
  );
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
  );
  writeFileSync(file(`${name}.ext`), `subjectAltName=${subjectAltName}\n`);
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-days',
    '2',
    '-CA',
    `${authority}.pem`,
    '-CAkey',
    `${authority}.key`,
    '-CAcreateserial',
    '-extfile',
    `${name}.ext`,
    '-out',
    `${name}.pem`,
  );
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'catalog-sync-tls-'));
  supervisor = await openSupervisor(folder);
  if (!OPENSSL) return;
  const dataDir = file('postgres');
  const plain = await startPostgres({ dataDir, log, supervisor });
  await plain.stop();
  certify('authority', 'server', 'IP:127.0.0.1');
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=nobody',
    '-keyout',
    'nobody.key',
    '-out',
    'nobody.pem',
  );
  const { uid, gid } = statSync(dataDir);
  execFileSync('cp', [file('server.key'), file('server.pem'), dataDir]);
  for (const name of ['server.key', 'server.pem']) chownSync(path.join(dataDir, name), uid, gid);
  const options = ['-c', 'ssl=on', '-c', 'ssl_cert_file=server.pem', '-c', 'ssl_key_file=server.key'];
  url = new URL((await startPostgres({ dataDir, options, log, supervisor })).url);
});
afterAll(async () => {
  await supervisor?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(address: URL): Promise<unknown> {
  const database = openDatabase(address.href, { connections: 1 });
  try {
    return await database.$queryRaw`
      SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`;
  } finally {
    await database.$disconnect();
  }
}

const verified = (host: string, authority: string): URL => {
  const address = new URL(url.href);
  address.hostname = host;
  address.searchParams.set('sslmode', 'verify-full');
  address.searchParams.set('sslrootcert', file(authority));
  return address;
};

describe.skipIf(!OPENSSL)('sslmode=verify-full', () => {
  it('speaks to a server that an authority of sslrootcert vouches for', async () => {
    expect(await ask(verified('127.0.0.1', 'authority.pem'))).toEqual([{ ssl: true }]);
  });

  it('refuses a server whose certificate is for another host', async () => {
    await expect(ask(verified('localhost', 'authority.pem'))).rejects.toThrow(/altnames|Host: localhost/);
  });

  it.each([
    ['of another host', 'localhost', 'authority.pem'],
    ['that another authority vouches for', '127.0.0.1', 'nobody.pem'],
  ])('is no answer to a prepared statement, which says no more: a server %s', async (_, host, authority) => {
    const database = openDatabase(verified(host, authority).href, { connections: 1 });
    const error: unknown = await preparedQuery(database, Prisma.sql`SELECT 1 AS one`).catch(
      (thrown: unknown) => thrown,
    );
    await database.$disconnect();
    expect(isDatabaseUnavailable(error)).toBe(true);
    expect(wordsOfQueryError(error)).toBe('PostgreSQL does not answer');
  });

  it('refuses a server that another authority vouches for', async () => {
    await expect(ask(verified('127.0.0.1', 'nobody.pem'))).rejects.toThrow(/certificate/);
  });

  it('holds for the migrations, and for the roles of processes', async () => {
    const address = verified('127.0.0.1', 'authority.pem');
    await migrate(address.href);
    await allowSignIns(address.href, PASSWORDS);
    const worker = openDatabase(signInUrl(address.href, 'worker', PASSWORDS.worker), { role: 'worker' });
    expect(
      await worker.$queryRaw`SELECT current_user::text AS me, s.ssl FROM pg_stat_ssl s WHERE pid = pg_backend_pid()`,
    ).toEqual([{ me: 'catalog_sync_worker', ssl: true }]);
    await worker.$disconnect();
    await expect(migrate(verified('127.0.0.1', 'nobody.pem').href)).rejects.toThrow(/certificate/);
  });
});
