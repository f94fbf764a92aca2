import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';

const LOCK = {
  name: 'shop',
  version: '1.0.0',
  lockfileVersion: 3,
  packages: {
    '': { name: 'shop', version: '1.0.0', dependencies: { chair: '1.0.0' } },
    'node_modules/chair': { version: '1.0.0' },
  },
};

const ADVISORY = {
  ...{ id: 1, url: 'https://example.com/1', title: 'falls over', severity: 'high' },
  ...{ vulnerable_versions: '<2.0.0', cwe: [], cvss: { score: 8, vectorString: null } },
};

async function registry(answer: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Knows of one advisory, or of none. */
const advising =
  (advisories: object): RequestListener =>
  ({ method }, response) => {
    if (method !== 'POST') response.writeHead(404);
    response.end(JSON.stringify(method === 'POST' ? advisories : {}));
  };

/** Runs the check as CI does, on a project of one package. */
async function check(
  at: string,
  lock = JSON.stringify(LOCK),
): Promise<{ code: number | null; said: string }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'advisories-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { packages, name, version } = LOCK;
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ ...packages[''], name, version }));
  writeFileSync(path.join(folder, 'package-lock.json'), lock);
  const settings = { registry: at, cache: path.join(folder, 'cache'), noproxy: '127.0.0.1', logs_max: '0' };
  const child = spawn(process.execPath, [path.join(projectRoot(), 'ops/supply/audit.mjs')], {
    cwd: folder,
    env: {
      ...process.env,
      NO_PROXY: '127.0.0.1',
      ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [`npm_config_${key}`, value])),
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, said };
}

describe('the check for advisories', () => {
  it('fails for one about what runs in production, and names it', async () => {
    const { code, said } = await check(await registry(advising({ chair: [ADVISORY] })));
    expect([code, said]).toEqual([1, expect.stringContaining('high chair')]);
  });

  it('passes where there is none', async () => {
    const { code, said } = await check(await registry(advising({})));
    expect([code, said]).toEqual([0, expect.stringContaining('0 of weight')]);
  });

  it.each([404, 503])('passes where the registry has no such service, and says so: %i', async (status) => {
    const at = await registry((_request, response) => void response.writeHead(status).end('{}'));
    const { code, said } = await check(at);
    expect([code, said]).toEqual([0, expect.stringMatching(/^no advisory service was reached/)]);
  });

  it('passes where no registry answers, and says so', async () => {
    const at = await registry(({ socket }) => void socket.destroy());
    for (const address of [at, 'http://127.0.0.1:1/']) {
      const { code, said } = await check(address);
      expect([code, said]).toEqual([0, expect.stringMatching(/^no advisory service was reached/)]);
    }
  });

  it('fails where the lock file cannot be read', async () => {
    const { code, said } = await check(await registry(advising({})), '{"packages": ');
    expect([code, said]).toEqual([1, expect.stringMatching(/^npm could not ask for advisories/)]);
  });

  it('fails where what answers is no advisory service', async () => {
    const at = await registry((_request, response) => void response.end('<html>welcome</html>'));
    const { code, said } = await check(at);
    expect([code, said]).toEqual([1, expect.stringMatching(/^npm could not ask for advisories/)]);
  });
});
