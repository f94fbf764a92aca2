import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { setFeed } from '../../src/feed/store/set-feed.ts';
import { ringOf } from '../../src/access/secrets/key-ring.ts';
import { uploadFile } from '../../src/feed/run/upload-file.ts';
import type { Product } from '../support/product.ts';
import { until } from '../support/until.ts';

const BY = { actor: 'ann' };
const KEYS = ringOf(Buffer.alloc(32, 7));

/** A feed that is set as by the command line. */
export async function feedOf(product: Product, tenant: string, text: string): Promise<void> {
  await setFeed(product.as('operator'), async () => KEYS, { tenant, text, by: BY });
}

/** Hands a file in, and waits until its run has ended or is held. @returns the run's id */
export async function ranFile(
  product: Product,
  {
    tenant,
    feed,
    content,
    name = 'stock.csv',
  }: { tenant: string; feed: string; content: string; name?: string },
): Promise<string> {
  const { runId } = await uploadFile(product.as('operator'), {
    ...{ tenant, feed, name, by: BY },
    chunks: once(Buffer.from(content)),
  });
  await until(async () => {
    const run = await product.database.feedRun.findUniqueOrThrow({ where: { id: runId } });
    return run.finishedAtUs !== null || run.state === 'held';
  });
  return runId;
}

/** Drops a file on the editor, as a mouse does. */
export async function drop(page: Page, name: string, bytes: Buffer): Promise<void> {
  const transfer = await page.evaluateHandle(
    `(() => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(atob(${JSON.stringify(bytes.toString('base64'))}), (one) => one.charCodeAt(0));
      transfer.items.add(new File([bytes], ${JSON.stringify(name)}));
      return transfer;
    })()`,
  );
  await page.locator('.drop').dispatchEvent('dragover', { dataTransfer: transfer });
  await page.locator('.drop').dispatchEvent('drop', { dataTransfer: transfer });
}

/** What the document of the editor says. */
export async function documentOf(page: Page): Promise<Record<string, unknown>> {
  const text = await page.locator('textarea.document').inputValue();
  expect(text).toMatch(/^\{/);
  return JSON.parse(text) as Record<string, unknown>;
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
