import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { formatSecret } from '../../src/standard-webhooks/secret.ts';
import { bustCache } from '../../src/storefront/bust-cache.ts';

// Compiled: Node 20 runs no TypeScript. `npm test` builds first.
const MAIN = 'dist/src/demo-storefront/main.js';
const secret = Buffer.alloc(32, 5);
const environment = {
  STOREFRONT_PORT: '0',
  CATALOG_URL: 'http://127.0.0.1:9',
  CATALOG_TOKEN: 'token',
  STOREFRONT_SECRETS: JSON.stringify({ canary: formatSecret(secret) }),
};

function start(env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function listening(child: ChildProcess): Promise<number> {
  const [message] = (await once(child, 'message')) as [unknown];
  expect(message).toEqual({ type: 'listening', port: expect.any(Number) as number });
  return (message as { port: number }).port;
}

describe('the demo storefront as a process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('serves, and stops cleanly on %s', async (signal) => {
    const child = start(environment);
    const port = await listening(child);
    const answer = await bustCache({
      storefrontUrl: `http://127.0.0.1:${port}`,
      secret,
      messageId: 'msg_1',
      item: { itemId: 'canary:A', tenant: 'canary', sku: 'A', version: 1, quantity: 1 },
      timeoutMs: 10_000,
    });
    expect(answer).toMatchObject({ kind: 'accepted' });
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('goes when its parent is gone', async () => {
    const child = start(environment);
    await listening(child);
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('exits 1 when the port is taken, and logs to stderr only', async () => {
    const server = createServer();
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const child = start({ ...environment, STOREFRONT_PORT: String((server.address() as AddressInfo).port) });
    const [out, log, exit] = await Promise.all([
      text(child.stdout!),
      text(child.stderr!),
      once(child, 'exit'),
    ]);
    expect(exit).toEqual([1, null]);
    expect(out).toBe('');
    expect(log).toContain('EADDRINUSE');
  });

  it('exits 2 and names every wrong setting at once, but no value', async () => {
    const child = start({
      STOREFRONT_PORT: 'x',
      LOG_LEVEL: 'loud',
      STOREFRONT_SECRETS: '{"canary":"whsec_aGlkZGVu"}',
    });
    const [log, exit] = await Promise.all([text(child.stderr!), once(child, 'exit')]);
    expect(exit).toEqual([2, null]);
    for (const name of [
      'STOREFRONT_PORT',
      'CATALOG_URL',
      'CATALOG_TOKEN',
      'STOREFRONT_SECRETS',
      'LOG_LEVEL',
    ]) {
      expect(log).toContain(name);
    }
    expect(log).not.toContain('aGlkZGVu');
  });
});
