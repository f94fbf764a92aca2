import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, inChromium, launchChromium } from '../support/chromium.ts';
import {
  leavePlace,
  sql,
  startProduct,
  takePlace,
  type Place,
  type RunningStart,
} from '../support/system/start.ts';
import { openSenders, type Sender } from '../support/system/supplier.ts';
import { until } from '../support/until.ts';

const PAGE_MS = 60_000;

let place: Place;
let product: RunningStart;
let browser: Browser;
let sender: Sender;

describe(`what people look at ${inChromium}`, () => {
  beforeAll(async () => {
    if (!hasChromium) return;
    place = await takePlace();
    product = await startProduct(place, { args: ['--no-sample'] });
    const [first] = await openSenders(place, product, 'shop', ['acme']);
    if (!first) throw new Error('no sender');
    sender = first;
    browser = await launchChromium();
  });

  afterAll(async () => {
    if (!hasChromium) return;
    await browser?.close();
    await leavePlace(place);
  });

  it.skipIf(!hasChromium)('the product page shows the new quantity after an update', async () => {
    const page = await browser.newPage();
    for (const [second, quantity] of [41, 40].entries()) {
      await send({
        id: `stock-${second}`,
        sku: 'chair-01',
        quantity,
        updatedAt: `2026-06-01T10:00:0${second}Z`,
      });
      await until(async () => (await publication('shop:CHAIR-01', second + 1)) === 'accepted');
      await page.goto(`${product.urls.storefront}/products/shop:CHAIR-01`, { timeout: PAGE_MS });
      expect(await page.locator('#quantity').textContent()).toBe(String(quantity));
      expect(await page.locator('.stock').textContent()).toBe(`${quantity} in stock`);
    }
    await picture(page, 'product');
  });

  it.skipIf(!hasChromium)('the Temporal Web UI shows why an event was rejected', async () => {
    const workflowId = await send({
      id: 'bad',
      sku: 'chair 01!',
      quantity: 1,
      updatedAt: '2026-06-01T10:00:00Z',
    });
    await until(async () => {
      const rows = await sql(product, `SELECT FROM supplier_event WHERE failure_mode = 'malformed_sku'`);
      return rows.length === 1;
    });
    const page = await openWorkflow(workflowId);
    expect(await isSeen(page, 'Failed')).toBe(true);
    expect(await isSeen(page, `does not match the supplier's rule`)).toBe(true);
    await picture(page, 'rejected');
    await openTab(page, 'Search Attributes');
    expect(await isSeen(page, 'malformed_sku')).toBe(true);
  });

  it.skipIf(!hasChromium)(
    'the Temporal Web UI shows what waits for a failing storefront, and its last failure',
    async () => {
      await control({ failStatus: 503 });
      const workflowId = await send({
        id: 'waits',
        sku: 'lamp-01',
        quantity: 5,
        updatedAt: '2026-06-01T10:00:00Z',
      });
      await until(async () => {
        const tries = `SELECT FROM publish_attempt WHERE item_id = 'shop:LAMP-01' AND status <> 'sending'`;
        return (await sql(product, tries)).length >= 2;
      });
      const page = await openWorkflow(workflowId);
      expect(await isSeen(page, 'Running')).toBe(true);
      expect(await isSeen(page, 'tell the storefront: shop:LAMP-01 version 1 has 5')).toBe(true);
      await picture(page, 'waits');
      await openTab(page, 'Pending Activities');
      expect(await isSeen(page, 'publishCatalogItem')).toBe(true);
      expect(await isSeen(page, 'the storefront did not accept it: HTTP 503')).toBe(true);
      await picture(page, 'pending');
    },
  );
});

async function send(event: Record<string, unknown>): Promise<string> {
  const { status, body } = await sender.post(event);
  expect(status).toBe(202);
  return body.results[0]?.workflowId ?? '';
}

async function publication(itemId: string, version: number): Promise<unknown> {
  const [row] = await sql(
    product,
    'SELECT publication FROM catalog_item_version WHERE item_id = $1 AND version = $2',
    [itemId, version],
  );
  return row?.['publication'];
}

async function control(settings: Record<string, unknown>): Promise<void> {
  const response = await fetch(`${product.urls.storefront}/control`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(settings),
  });
  expect(response.status).toBe(200);
}

async function openWorkflow(workflowId: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1400 } });
  const url = `${product.urls.temporalUi}/namespaces/default/workflows/${encodeURIComponent(workflowId)}`;
  await page.goto(url, { timeout: PAGE_MS });
  return page;
}

async function openTab(page: Page, name: string): Promise<void> {
  await page
    .getByRole('tab', { name })
    .or(page.getByRole('link', { name }))
    .first()
    .click({ timeout: PAGE_MS });
}

async function isSeen(page: Page, text: string): Promise<boolean> {
  const found = page.getByText(text).filter({ visible: true }).first();
  await found.waitFor({ timeout: PAGE_MS });
  return found.isVisible();
}

/** For people who want to look: SCREENSHOTS names a folder. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
}
