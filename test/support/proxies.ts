import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import getPort from 'get-port';
import { projectRoot } from '../../src/config/project-root.ts';
import { cacheDir } from '../../src/embedded/cache-dir.ts';
import { goProgram } from '../deployment/images/go-program.ts';
import { debianPackages, isMissing, type Fetched } from './fetched-program.ts';
import { selfSigned } from './self-signed.ts';
import { until } from './until.ts';

/** The name of ops/proxy's files. */
export const NAME = 'sync.example.com';

const CADDY = { package: 'github.com/caddyserver/caddy/v2/cmd/caddy', version: 'v2.11.9' };

export interface Proxy {
  /** TLS. */
  port: number;
  /** Without. */
  plainPort: number;
  close(): Promise<void>;
}

export interface Behind {
  port: number;
  /** Where nobody listens: a server that is gone. */
  deadPort: number;
  proxyPort: number;
  /** Who vouches for suppliers' certificates, as PEM; what the file says of them is then let in. */
  suppliersCa?: string;
}

/** This machine's nginx, or Debian's. */
async function findNginx(): Promise<Fetched> {
  if (existsSync('/usr/sbin/nginx')) return { folder: '/' };
  return debianPackages('nginx', ['nginx', 'libpcre2-8-0']);
}

/** One that was built before; with PROXIES=build it is built, which takes minutes. */
async function findCaddy(): Promise<Fetched> {
  const cache = path.join(cacheDir(), 'deployment');
  const built = path.join(cache, 'go-bin', `${CADDY.package.replaceAll('/', '_')}@${CADDY.version}`);
  if (existsSync(path.join(built, 'caddy'))) return { folder: built };
  if (process.env.PROXIES !== 'build') return { why: 'PROXIES=build builds it with Go' };
  return { folder: path.dirname(await goProgram(cache, CADDY)) };
}

/** Those of ops/proxy; `root` is undefined where one cannot be had. `asksByItself`: whether a server is well. */
export async function findProxies(): Promise<
  { name: string; root: string | undefined; start: typeof startNginx; asksByItself: boolean }[]
> {
  const rootOf = (name: string, found: Fetched): string | undefined =>
    isMissing(name, found) ? undefined : found.folder;
  return [
    { name: 'nginx', root: rootOf('nginx', await findNginx()), start: startNginx, asksByItself: false },
    { name: 'Caddy', root: rootOf('Caddy', await findCaddy()), start: startCaddy, asksByItself: true },
  ];
}

/** ops/proxy/nginx.conf; only addresses, ports and the certificate are this machine's. */
async function startNginx(root: string, behind: Behind): Promise<Proxy> {
  const plainPort = await getPort({ host: '127.0.0.1' });
  return startProxy(behind, plainPort, async (folder, files) => {
    const config = replaced(await ours('nginx.conf'), [
      ['listen 80;', `listen 127.0.0.1:${plainPort};`],
      ['listen [::]:80;', ''],
      ['listen 443 ssl http2;', `listen 127.0.0.1:${behind.proxyPort} ssl http2;`],
      ['listen [::]:443 ssl http2;', ''],
      ['/etc/nginx/tls/catalog-sync.pem', files.certificate],
      ['/etc/nginx/tls/catalog-sync.key', files.key],
      ['server 127.0.0.1:8080', `server 127.0.0.1:${behind.port}`],
      ['# server 127.0.0.1:8081', `server 127.0.0.1:${behind.deadPort}`],
      ...(behind.suppliersCa === undefined ? [] : letIn(NGINX_ABOUT_CERTIFICATES)),
      ['/etc/nginx/tls/suppliers-ca.pem', files.suppliersCa],
    ]);
    await writeFile(path.join(folder, 'catalog-sync.conf'), config);
    // Its places for bodies and answers are the machine's, unless said; the folder is its owner's alone.
    const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const main = `daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid nginx.pid;
error_log stderr warn;
events {}
http {
  access_log off;
  ${places.map((place) => `${place}_temp_path ${path.join(folder, place)};`).join('\n  ')}
  include catalog-sync.conf;
}
`;
    await writeFile(path.join(folder, 'nginx.conf'), main);
    return {
      command: path.join(root, 'usr/sbin/nginx'),
      args: ['-p', folder, '-c', path.join(folder, 'nginx.conf'), '-e', 'stderr'],
      env: { LD_LIBRARY_PATH: path.join(root, 'usr/lib/x86_64-linux-gnu') },
    };
  });
}

/** ops/proxy/Caddyfile likewise. */
async function startCaddy(root: string, behind: Behind): Promise<Proxy> {
  const plainPort = await getPort({ host: '127.0.0.1' });
  return startProxy(behind, plainPort, async (folder, files) => {
    const more = behind.suppliersCa === undefined ? '' : ` {\n${await aboutClients(files.suppliersCa)}\n}`;
    const tls = `tls ${files.certificate} ${files.key}${more}`;
    const config = replaced(await ours('Caddyfile'), [
      [
        '\n{\n',
        `\n{\n\tadmin off\n\tpersist_config off\n\thttp_port ${plainPort}\n\tdefault_bind 127.0.0.1\n`,
      ],
      [`\n${NAME} {`, `\n${NAME}:${behind.proxyPort} {\n\t${tls}`],
      ['to 127.0.0.1:8080', `to 127.0.0.1:${behind.port} 127.0.0.1:${behind.deadPort}`],
      ...(behind.suppliersCa === undefined
        ? []
        : ([
            ...letIn(['header_up X-Client-Cert']),
            ['\n\theader_up -X-Client-Cert\n', '\n'],
          ] satisfies Place[])),
    ]);
    const file = path.join(folder, 'Caddyfile');
    await writeFile(file, config);
    return {
      command: path.join(root, 'caddy'),
      args: ['run', '--config', file, '--adapter', 'caddyfile'],
      env: { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    };
  });
}

/** What the Caddyfile says in a comment of `tls`, on lines of their own. @throws when it says so no more */
async function aboutClients(suppliersCa: string): Promise<string> {
  const said = /`tls \{ (client_auth) \{ (mode \w+); (trust_pool file) \S+ \} \}`/.exec(
    await ours('Caddyfile'),
  );
  if (!said) throw new Error('ops/proxy/Caddyfile says nothing of client_auth');
  return `${said[1]} {\n${said[2]}\n${said[3]} ${suppliersCa}\n}`;
}

/** What nginx.conf has in comments for suppliers that prove themselves by certificates. */
const NGINX_ABOUT_CERTIFICATES = [
  'map $ssl_client_verify',
  '  SUCCESS',
  '  default',
  '}',
  'ssl_client_certificate',
  'ssl_verify_client',
  'proxy_set_header X-Client-Cert',
];

const letIn = (lines: readonly string[]): Place[] => lines.map((line) => [`# ${line}`, line]);

/** What stands there, and what is to. */
type Place = [string, string];

interface Program {
  command: string;
  args: string[];
  env: Record<string, string>;
}

async function startProxy(
  { proxyPort, suppliersCa = '' }: Behind,
  plainPort: number,
  prepare: (
    folder: string,
    files: { certificate: string; key: string; suppliersCa: string },
  ) => Promise<Program>,
): Promise<Proxy> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'catalog-sync-proxy-'));
  const files = {
    certificate: path.join(folder, 'tls.pem'),
    key: path.join(folder, 'tls.key'),
    suppliersCa: path.join(folder, 'suppliers-ca.pem'),
  };
  const { cert, key } = selfSigned();
  await writeFile(files.certificate, cert);
  await writeFile(files.key, key, { mode: 0o600 });
  await writeFile(files.suppliersCa, suppliersCa);
  const { command, args, env } = await prepare(folder, files);
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const gone = once(child, 'exit');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000);
  });
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await gone;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}: ${said}`);
      const answer = await fetch(`http://127.0.0.1:${plainPort}/`, {
        redirect: 'manual',
        headers: { host: NAME },
      });
      return answer.status > 0;
    }, 10_000);
  } catch (error) {
    await close();
    throw new Error(said, { cause: error });
  }
  return { port: proxyPort, plainPort, close };
}

const ours = (file: string): Promise<string> => readFile(path.join(projectRoot(), 'ops/proxy', file), 'utf8');

/** @throws when a file of ours has no such place any more */
function replaced(text: string, places: Place[]): string {
  return places.reduce((all, [from, to]) => {
    if (!all.includes(from)) throw new Error(`a file of ops/proxy lacks ${from}`);
    return all.replace(from, () => to);
  }, text);
}
