import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mustParseTime, seconds } from '../../src/domain/time.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
import { faults, hasChromium, inChromium, openConsole, settled, type ConsoleUnderTest } from './console.ts';

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
    const page = await console_.signedIn();
    const rows = page.getByRole('table', { name: 'Events of the item' }).getByRole('row');
    const took: number[] = [];
    for (let round = 0; round < (process.env['CONSOLE_BENCH'] ? 5 : 1); round += 1) {
      const begun = performance.now();
      await page.goto(`/t/${TENANT}/item?sku=BIG`);
      await rows.nth(50).waitFor();
      await page.locator('.u-over').waitFor();
      took.push(Math.round(performance.now() - begun));
    }
    if (process.env['CONSOLE_BENCH']) {
      const trace = await page.evaluate<number[]>(
        "performance.getEntriesByType('resource').filter(({ name }) => name.includes('/trace?')).map(({ duration }) => Math.round(duration))",
      );
      process.stderr.write(
        `usable after ${took.join(', ')} ms; the last time, its request took ${trace.join(', ')} ms\n`,
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
