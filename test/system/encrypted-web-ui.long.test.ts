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
import { openSenders } from '../support/system/supplier.ts';
import { until } from '../support/until.ts';

const PAGE_MS = 60_000;
const SKU = 'HIDDEN-01';

let place: Place;
let product: RunningStart;
let browser: Browser;
let workflowId: string;

describe(`encrypted payloads ${inChromium}`, () => {
  beforeAll(async () => {
    if (!hasChromium) return;
    place = await takePlace();
    place.environment.TEMPORAL_ENCRYPT_PAYLOADS = 'on';
    product = await startProduct(place, { args: ['--no-sample'] });
    const [sender] = await openSenders(place, product, 'shop', ['acme']);
    const event = { id: 'e-1', sku: SKU, quantity: 70_123, updatedAt: '2026-06-01T10:00:00Z' };
    const answer = await sender?.post(event);
    workflowId = answer?.body.results[0]?.workflowId ?? '';
    await until(async () => {
      const [row] = await sql(product, `SELECT FROM catalog_item_version WHERE publication = 'accepted'`);
      return row !== undefined;
    });
    browser = await launchChromium();
  });
  afterAll(async () => {
    if (!hasChromium) return;
    await browser?.close();
    await leavePlace(place);
  });

  it.skipIf(!hasChromium)('are readable in the Web UI for whoever is signed in to the console', async () => {
    const context = await browser.newContext();
    await useCodec(context);
    const console = await context.newPage();
    const link = /console +(\S+#ticket=\S+)/.exec(product.stdout())?.[1] ?? '';
    await console.goto(link, { timeout: PAGE_MS });
    await until(async () => (await context.cookies()).length > 0);
    expect(await seesSku(await openWorkflow(context))).toBe(true);
    await context.close();
  });

  it.skipIf(!hasChromium)('are not for anybody else', async () => {
    const context = await browser.newContext();
    await useCodec(context);
    const page = await openWorkflow(context);
    await page.getByText('syncSupplierEvent').filter({ visible: true }).first().waitFor({ timeout: PAGE_MS });
    expect(await seesSku(page, 3_000)).toBe(false);
    await context.close();
  });
});

type Context = Awaited<ReturnType<Browser['newContext']>>;

/** What the Web UI's codec settings write. */
async function useCodec(context: Context): Promise<void> {
  const settings = {
    endpoint: JSON.stringify(`${product.urls.api}/codec`),
    includeCredentials: 'true',
    overrideRemoteCodecConfiguration: 'true',
  };
  const origin = JSON.stringify(new URL(product.urls.temporalUi).origin);
  const content = `if (location.origin === ${origin}) Object.assign(localStorage, ${JSON.stringify(settings)});`;
  await context.addInitScript({ content });
}

async function openWorkflow(context: Context): Promise<Page> {
  const page = await context.newPage();
  const url = `${product.urls.temporalUi}/namespaces/default/workflows/${encodeURIComponent(workflowId)}`;
  await page.goto(url, { timeout: PAGE_MS });
  return page;
}

async function seesSku(page: Page, withinMs = PAGE_MS): Promise<boolean> {
  return page
    .getByText(SKU)
    .filter({ visible: true })
    .first()
    .waitFor({ timeout: withinMs })
    .then(
      () => true,
      () => false,
    );
}
