import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { projectRoot } from '../../../src/config/project-root.ts';
import { createDemoStorefront } from '../../../src/demo-storefront/create-demo-storefront.ts';
import { formatSecret, newSecret } from '../../../src/standard-webhooks/secret.ts';
import { checkWebhook, idsOf } from './check-webhook.ts';

const secret = newSecret();

/** A receiver of the docs as a process of its own. */
async function startReceiver(program: string, file: string): Promise<string> {
  const child = spawn(program, [path.join(projectRoot(), 'docs/receivers', file)], {
    env: {
      ...{ PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: '1' },
      ...{ STOREFRONT_SECRET: formatSecret(secret), PORT: '0' },
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill());
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return line.toString().trim();
}

describe('a check finds no fault with', () => {
  it.each([
    ['receive.mjs', process.execPath],
    ['receive.py', 'python3'],
  ])('the receiver %s', async (file, program) => {
    const url = await startReceiver(program, file);
    const results = await checkWebhook({ url, secret });
    expect(results.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(idsOf(results, 'skipped')).toEqual(['takes-several-in-a-call', 'lists-items', 'shows-published']);
  });

  it('the demo storefront, which shows what the catalog has, and so no scratch item', async () => {
    const storefront = createDemoStorefront({
      secrets: { canary: secret },
      readItem: () => Promise.resolve(undefined),
    });
    onTestFinished(() => storefront.close());
    const url = await storefront.listen({ port: 0, host: '127.0.0.1' });
    const results = await checkWebhook({ url, secret });
    expect(results.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(idsOf(results, 'skipped')).toEqual([
      ...['shows-at-once', 'shows-the-next', 'takes-several-in-a-call', 'shows-published'],
    ]);
  });
});
