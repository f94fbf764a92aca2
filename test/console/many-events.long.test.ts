import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mustParseTime, seconds } from '../../src/domain/time.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
import { hasChromium, inChromium } from '../support/chromium.ts';
import { faults, openConsole, settled, type ConsoleUnderTest } from './console.ts';

const EVENTS = 10_000;
const TENANT = 'canary';

let console_: ConsoleUnderTest;

/** `CONSOLE_BENCH=1` prints how long the page takes until it can be used. */
describe.skipIf(!hasChromium)(`an item with 10,000 events ${inChromium}`, () => {
  beforeAll(async () => {
    console_ = await openConsole();
    const { database, sql } = console_.product;
    await openTenant(database, TENANT, ['acme']);
    const start = mustParseTime('2026-06-01T00:00:00Z');
    for (let from = 0; from < EVENTS; from += 1000) {
      await record(
        database,
        TENANT,
        'acme',
        Array.from({ length: 1000 }, (_, index) => {
          const no = from + index;
          // Every third one comes too late to win.
          return {
            eventId: `e-${no}`,
            sku: 'BIG',
            quantity: no % 50,
            updatedAt: start + seconds(no % 3 === 2 ? no - 100 : no),
          };
        }),
      );
    }
    await sql(`SELECT save_catalog_item(seq, '${TENANT}:BIG', 'BIG', NULL) FROM supplier_event ORDER BY seq`);
    await sql(`UPDATE supplier_event SET start_due_us = NULL`);
    await sql(`UPDATE catalog_item_version SET publication = 'accepted'`);
  });
  afterAll(async () => {
    await console_?.close();
  });

  it('keeps a page small, and leads through all of them', async () => {
    const rounds = process.env['CONSOLE_BENCH'] ? 5 : 1;
    const cold: string[] = [];
    for (let round = 1; round < rounds; round += 1) {
      const visitor = await console_.signedIn();
      cold.push(await usableAfter(visitor));
      await visitor.context().close();
    }
    const page = await console_.signedIn();
    const rows = rowsOf(page);
    const took: string[] = [];
    for (let round = 0; round < rounds; round += 1) took.push(await usableAfter(page));
    if (process.env['CONSOLE_BENCH']) {
      process.stderr.write(
        `in a fresh browser: ${cold.join('; ')}\nonce more and again: ${took.join('; ')}\n`,
      );
    }
    await settled(page);
    expect(await rows.count()).toBe(51);
    expect(await page.evaluate('document.querySelectorAll("#app *").length')).toBeLessThan(4000);

    await page.getByRole('button', { name: 'Older', exact: true }).click();
    await page.getByRole('link', { name: 'e-9949', exact: true }).first().waitFor();
    expect(await rows.count()).toBe(51);
    await page.getByRole('button', { name: 'Newer', exact: true }).click();
    await page.getByRole('link', { name: 'e-9999', exact: true }).first().waitFor();

    // The plot takes in as many as one wants, without a row more.
    for (const count of ['1,050', '2,050', '3,050']) {
      await page.getByRole('button', { name: 'Add 1,000 older ones' }).click();
      await page.getByRole('img', { name: new RegExp(`^Quantity over time: ${count} events`) }).waitFor();
    }
    expect(await rows.count()).toBe(51);
    expect(faults(page)).toEqual([]);
    await page.context().close();
  });
});

function rowsOf(page: Page): Locator {
  return page.getByRole('table', { name: 'Events of the item' }).getByRole('row');
}

/** From the address to the table and the plot, and how long the trace took of it. */
async function usableAfter(page: Page): Promise<string> {
  const begun = performance.now();
  await page.goto(`/t/${TENANT}/item?sku=BIG`);
  await rowsOf(page).nth(50).waitFor();
  await page.locator('.u-over').waitFor();
  const took = Math.round(performance.now() - begun);
  const trace = await page.evaluate<string>(
    `performance.getEntriesByType('resource').filter(({ name }) => name.includes('/trace?'))
       .map(({ startTime, responseEnd }) => Math.round(startTime) + ' to ' + Math.round(responseEnd)).join()`,
  );
  return `${took} ms (trace ${trace})`;
}
