import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createLogger } from '../../src/telemetry/logger.ts';
import { connectClient, connectPatiently } from '../../src/temporal/connect.ts';
import { readTemporalOptions } from '../../src/temporal/connection-options.ts';
import { cli, type Cli } from '../cli/run.ts';
import { createAuthority } from '../support/certificates.ts';
import { until } from '../support/until.ts';

const NAME = 'temporal.test';
const ours = createAuthority('our authority');
const foreign = createAuthority('another authority');

let folder: string;
let address: string;
let proxy: tls.Server;
/** The environment of a client that is let in. */
let right: Record<string, string>;
let tool: Cli;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'catalog-sync-tls-'));
  const server = ours.issue(NAME);
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(inject('temporalAddress')) ?? [];
  proxy = tls.createServer(
    { ...server, ca: ours.cert, requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['h2'] },
    (socket) => {
      const target = net.connect(Number(port), host);
      socket.pipe(target).pipe(socket);
      for (const [one, other] of [[socket, target] as const, [target, socket] as const]) {
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
      }
    },
  );
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const client = ours.issue('client.test');
  right = {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_TLS_CLIENT_CERT_PATH: file('client.crt', client.cert),
    TEMPORAL_TLS_CLIENT_KEY_PATH: file('client.key', client.key),
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: file('ca.crt', ours.cert),
    TEMPORAL_TLS_SERVER_NAME: NAME,
  };
  tool = await cli();
});
afterAll(async () => {
  await tool?.close();
  proxy?.close();
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, content: string): string {
  const written = path.join(folder, name);
  writeFileSync(written, content, { mode: 0o600 });
  return written;
}

const optionsOf = (environment: Record<string, string>) => readTemporalOptions(environment).connectionOptions;

function without(...names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(right).filter(([name]) => !names.includes(name)));
}

/** What a client of ours says, and what a worker does, both in vain. */
async function refusalOf(environment: Record<string, string>): Promise<[client: string, worker: string]> {
  const options = optionsOf(environment);
  const client = await connectClient({ ...options, connectTimeout: 5_000 }).then(
    () => 'let in',
    (error: Error) => error.message,
  );
  const lines: string[] = [];
  const log = createLogger({
    level: 'warn',
    name: 'test',
    destination: { write: (line) => void lines.push((JSON.parse(line) as { msg: string }).msg) },
  });
  const stop = new AbortController();
  const connecting = connectPatiently(options, log, stop.signal).catch(() => undefined);
  const worker = await until(async () => lines[0], 10_000);
  stop.abort();
  await (await connecting)?.close();
  return [client, worker];
}

describe('a Temporal that asks for a client certificate', () => {
  it('lets in clients and workers that have one', async () => {
    const client = await connectClient(optionsOf(right));
    expect(await client.workflowService.getSystemInfo({})).toHaveProperty('serverVersion');
    await client.close();
    const log = createLogger({ level: 'silent', name: 'test' });
    const worker = await connectPatiently(optionsOf(right), log, AbortSignal.timeout(10_000));
    expect(await worker.workflowService.getSystemInfo({})).toHaveProperty('serverVersion');
    await worker.close();
  });

  it('lets in the command line', async () => {
    const { stdout } = await tool.run(['doctor', '--json'], { env: right });
    const checks = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; status: string });
    expect(checks).toContainEqual(expect.objectContaining({ name: 'Temporal', status: 'ok' }));
  });

  it('refuses one without, and we say which settings are missing', async () => {
    const without2 = without('TEMPORAL_TLS_CLIENT_CERT_PATH', 'TEMPORAL_TLS_CLIENT_KEY_PATH');
    for (const said of await refusalOf(without2)) {
      expect(said).toContain(`Temporal at ${address} cannot be reached.`);
      expect(said).toContain('set TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH');
    }
    const { code, stderr } = await tool.run(['setup'], {
      env: { ...without2, DATABASE_URL: inject('postgresUrl') },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('set TEMPORAL_TLS_CLIENT_CERT_PATH');
  });

  it('refuses one of another authority, and we say so', async () => {
    const client = foreign.issue('client.test');
    const environment = {
      ...right,
      TEMPORAL_TLS_CLIENT_CERT_PATH: file('foreign.crt', client.cert),
      TEMPORAL_TLS_CLIENT_KEY_PATH: file('foreign.key', client.key),
    };
    for (const said of await refusalOf(environment)) expect(said).toMatch(/wants? a client certificate/);
  });

  it('is not believed without its authority, or under another name', async () => {
    for (const said of await refusalOf(without('TEMPORAL_TLS_SERVER_CA_CERT_PATH'))) {
      expect(said).toContain('set TEMPORAL_TLS_SERVER_CA_CERT_PATH');
    }
    for (const said of await refusalOf({ ...right, TEMPORAL_TLS_SERVER_NAME: 'elsewhere.test' })) {
      expect(said).toContain('set TEMPORAL_TLS_SERVER_NAME');
    }
  });

  it('is not reached in plain words', async () => {
    for (const said of await refusalOf({ TEMPORAL_ADDRESS: address }))
      expect(said).toContain('set TEMPORAL_TLS=true');
  });
});

describe('the settings of Temporal', () => {
  it('become the connection', () => {
    const options = optionsOf({ ...right, TEMPORAL_API_KEY: 'key', TEMPORAL_GRPC_META_OUR_HEADER: 'yes' });
    expect(options).toMatchObject({
      address,
      apiKey: 'key',
      metadata: { 'our-header': 'yes' },
      tls: {
        serverNameOverride: NAME,
        serverRootCACertificate: new Uint8Array(Buffer.from(ours.cert)),
        clientCertPair: { crt: expect.any(Uint8Array), key: expect.any(Uint8Array) },
      },
    });
  });

  it('speak TLS with an API key alone, and empty ones count as not set', () => {
    expect(optionsOf({ TEMPORAL_API_KEY: 'key' })).toMatchObject({ apiKey: 'key', tls: true });
    expect(optionsOf({ TEMPORAL_API_KEY: 'key', TEMPORAL_TLS: 'false' })).toMatchObject({ tls: false });
    expect(optionsOf({ TEMPORAL_API_KEY: '', TEMPORAL_TLS_CLIENT_CERT_PATH: '' })).toMatchObject({
      apiKey: undefined,
      tls: undefined,
    });
  });

  it('come from a profile of a file, and the environment comes before it', () => {
    const config = file(
      'temporal.toml',
      `[profile.production]\naddress = "cloud.test:7233"\nnamespace = "shop"\napi_key = "of the file"\n[profile.production.tls]\nserver_name = "cloud.test"\n`,
    );
    const environment = { TEMPORAL_CONFIG_FILE: config, TEMPORAL_PROFILE: 'production' };
    expect(readTemporalOptions(environment)).toMatchObject({
      namespace: 'shop',
      connectionOptions: {
        address: 'cloud.test:7233',
        apiKey: 'of the file',
        tls: { serverNameOverride: 'cloud.test' },
      },
    });
    expect(optionsOf({ ...environment, TEMPORAL_API_KEY: 'of the environment' }).apiKey).toBe(
      'of the environment',
    );
  });

  it('that cannot be used are named', () => {
    expect(() => optionsOf(without('TEMPORAL_TLS_CLIENT_KEY_PATH'))).toThrow(
      /set TEMPORAL_TLS_CLIENT_KEY_PATH too/,
    );
    expect(() => optionsOf(without('TEMPORAL_TLS_CLIENT_CERT_PATH'))).toThrow(
      /set TEMPORAL_TLS_CLIENT_CERT_PATH too/,
    );
    expect(() => optionsOf({ ...right, TEMPORAL_TLS_CLIENT_KEY_PATH: '/nowhere/key' })).toThrow(
      /TEMPORAL_.*\/nowhere\/key/,
    );
    expect(() => optionsOf({ TEMPORAL_PROFILE: 'unknown' })).toThrow(/TEMPORAL_.*unknown/);
  });
});
