import type { Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createSignInLink } from '../../src/access/tickets.ts';
import type { RunningWorker } from '../../src/worker/run-worker.ts';
import { hasChromium, inChromium } from '../support/chromium.ts';
import { openConsole, type ConsoleUnderTest } from './console.ts';
import { fillShop, send, TENANT } from './shop.ts';

let console_: ConsoleUnderTest;
let worker: RunningWorker;

describe.skipIf(!hasChromium)(`the console ${inChromium}`, () => {
  beforeAll(async () => {
    console_ = await openConsole();
    worker = await console_.product.startWorker();
    await fillShop(console_.product);
  });
  afterAll(async () => {
    await console_?.close();
  });
  afterEach(async () => {
    await console_.left();
  });

  it('opens signed in by the one-time link, which leaves no trace and works once', async () => {
    const link = await createSignInLink(console_.product.database, console_.url, 'local');
    const page = await console_.visit();
    await page.goto(link);
    await page.getByRole('heading', { name: `Look up in ${TENANT}` }).waitFor();
    expect(page.url()).toBe(`${console_.url}/t/${TENANT}`);
    await page.getByText('local admin').waitFor();

    // Another link takes the place of who is signed in.
    await page.goto(await createSignInLink(console_.product.database, console_.url, 'mara'));
    await page.getByText('mara admin').waitFor();

    const second = await console_.visit();
    await second.goto(link);
    await second.getByRole('alert').getByText('sign_in_refused').waitFor();
    expect(second.url()).not.toContain('ticket');
    expect(await console_.left()).toEqual([]);
  });

  it('asks for a token, says why one is refused, and then shows the address that was asked for', async () => {
    const page = await console_.visit();
    await page.goto(`/t/${TENANT}/audit`);
    await page.getByLabel('API token').fill('cst_wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('Signing in failed').waitFor();
    await page.getByLabel('API token').fill(await console_.token({ role: 'viewer', name: 'vera' }));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: `Audit list of ${TENANT}` }).waitFor();
    await page.route('**/session', (route) => route.abort());
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('dialog', { name: 'You are still signed in' }).waitFor();
    await page.unroute('**/session');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API token').waitFor();
    await page.goto(`/t/${TENANT}/audit`);
    await page.getByLabel('API token').waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('lets somebody sign in again where a session has ended', async () => {
    const page = await console_.enter(`/t/${TENANT}`);
    await page.getByRole('table', { name: 'Latest events' }).waitFor();
    // Sooner, and what the page looks up by itself would take the link away before it is clicked.
    const endSession = async (route: Route): Promise<void> => {
      await console_.product.sql('DELETE FROM console_session');
      await route.continue();
    };
    await page.route('**/v1/**/audit*', endSession, { times: 1 });
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByText('The session has ended').waitFor();
    await page.getByLabel('API token').fill(await console_.token());
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: `Audit list of ${TENANT}` }).waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('says why an item shows its quantity, by the keyboard alone', async () => {
    const page = await console_.enter(`/t/${TENANT}`);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('table', { name: 'Latest events' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('chair-01');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: `${TENANT}:CHAIR-01` }).waitFor();

    const answer = page.getByRole('region', { name: 'The answer' });
    await answer
      .getByText(
        /the catalog says 7 \(version 2\), the figure of event e-17 of acme, .*; it won: it beat e-16 of acme, which is 4 s older/,
      )
      .waitFor();
    await answer.getByText('Storefront shows', { exact: true }).waitFor();
    expect(await answer.locator('.big').allTextContents()).toEqual(['7', '7']);

    const row = (event: string) =>
      page
        .getByRole('row')
        .filter({ has: page.getByRole('link', { name: event, exact: true }), hasText: /won|superseded/ })
        .first();
    expect(await row('e-17').textContent()).toContain('won');
    expect(await row('e-16').textContent()).toMatch(/superseded.*older: updatedAt .* of acme's event e-17/);
    // Berlin is two hours ahead; UTC stands under the pointer.
    const time = row('e-17').locator('time').nth(1);
    expect(await time.textContent()).toMatch(/^1 Jun 2026,? 12:00:05 CEST$/);
    expect(await time.getAttribute('title')).toBe('2026-06-01 10:00:05.000000 UTC');
    expect(
      await row('e-17')
        .getByRole('link', { name: /Temporal/ })
        .getAttribute('href'),
    ).toBe(`http://temporal.test/namespaces/default/workflows/sync%3A${TENANT}%3Aacme%3Ae-17`);

    await page.getByRole('button', { name: 'Copy the answer' }).click();
    await page.getByText('Copied', { exact: true }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toContain('2026-06-01T10:00:05.000000Z');
    expect(await console_.left()).toEqual([]);
  });

  it('leads from an event to its spans, where there are some', async () => {
    const trace = '4bf92f3577b34da6'.repeat(2);
    await console_.product.sql("UPDATE supplier_event SET traceparent = $1 WHERE event_id = 'e-17'", [
      `00-${trace}-00f067aa0ba902b7-01`,
    ]);
    const page = await console_.enter(`/t/${TENANT}/item?sku=CHAIR-01`);
    const spans = page.getByRole('link', { name: 'Spans' });
    await spans.waitFor();
    expect(await spans.count()).toBe(1);
    expect(await spans.getAttribute('href')).toBe(`http://spans.test/trace/${trace}`);
    expect(await console_.left()).toEqual([]);
  });

  it('finds an event by its id, an item by a part of its name, and says so when there is nothing', async () => {
    const page = await console_.enter(`/t/${TENANT}/search?q=g-2`);
    await page.getByRole('heading', { level: 1, name: 'Event g-2' }).waitFor();
    await page
      .locator('.words')
      .getByText(/was rejected/)
      .waitFor();
    expect(await page.locator('tr.marked').count()).toBe(1);

    await page.goto(`/t/${TENANT}/search?q=CHAIR-1`);
    await page.getByRole('link', { name: `${TENANT}:CHAIR-01` }).click();
    await page.getByRole('heading', { level: 1, name: `${TENANT}:CHAIR-01` }).waitFor();
    await page.goto(`/t/${TENANT}/item?sku=NOPE`);
    await page.getByText(`${TENANT} never heard of it.`).waitFor();
    await page.goto(`/t/${TENANT}/nonsense`);
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('updates an item by itself while an event is under way', async () => {
    const page = await console_.enter(`/t/${TENANT}/item?sku=LAMP-02`);
    await page.getByText('Nothing is under way.').waitFor();
    await setStorefront({ failStatus: 503 });
    await send(console_.product, 'globex', 'g-9', 'LAMP-02', 5, '2026-06-01T11:00:00Z');
    await page.getByText('Something is under way').waitFor();
    await page
      .getByRole('cell', { name: /HTTP 503/ })
      .first()
      .waitFor();
    await setStorefront({ failStatus: null });
    const answer = page.getByRole('region', { name: 'The answer' });
    await answer.getByText(/it accepted version 2/).waitFor({ timeout: 45_000 });
    expect(await answer.locator('.big').allTextContents()).toEqual(['5', '5']);
    // Said to those who do not see it.
    await page
      .locator('[aria-live]')
      .getByText(/^Updated: /)
      .waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('starts a replay from its dry run, watches it end, and has it in the audit list with the name', async () => {
    const { sql } = console_.product;
    await sql(`UPDATE catalog_item SET quantity = 99 WHERE item_id = '${TENANT}:CHAIR-01'`);
    const page = await console_.enter(`/t/${TENANT}/item?sku=CHAIR-01`, { role: 'operator', name: 'otto' });
    await page.getByText('that is not what the ledger says').waitFor();
    await page.getByRole('link', { name: 'Replay this item …' }).click();
    expect(await page.getByLabel('SKU', { exact: true }).inputValue()).toBe('CHAIR-01');
    await page.getByRole('button', { name: /Dry run/ }).click();
    const prediction = page.getByRole('region', { name: 'What the replay would do' });
    await prediction.getByText('its row was not what the ledger says').waitFor();
    await page.getByRole('button', { name: /Start the replay of 4 events/ }).click();

    await page.getByRole('heading', { level: 1, name: /^Replay / }).waitFor();
    await page.getByRole('heading', { name: /completed 4 of 4 events/ }).waitFor({ timeout: 45_000 });
    await page.getByRole('row', { name: /CHAIR-01.*repaired.*2.*3/ }).waitFor();
    await page.getByRole('link', { name: 'Replays' }).click();
    await page.getByRole('row', { name: /completed.*console otto/ }).waitFor();
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('row', { name: /console otto.*replay\.start/ }).waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('cancels a replay', async () => {
    const page = await console_.enter(`/t/${TENANT}/replays/new?since=2020-01-01T00:00:00Z&rate=1`);
    await page.getByRole('button', { name: /Dry run/ }).click();
    await page.getByRole('button', { name: /Start the replay/ }).click();
    await page.getByRole('button', { name: 'Cancel it …' }).click();
    await page.getByRole('button', { name: 'Cancel the replay' }).click();
    await page.getByRole('heading', { name: /cancelled/ }).waitFor();
    expect(await page.getByRole('button', { name: 'Cancel it …' }).count()).toBe(0);
    expect(await console_.left()).toEqual([]);
  });

  it('says field by field what a replay is refused for, and that there is no such replay', async () => {
    const page = await console_.enter(`/t/${TENANT}/replays/new?since=2030-01-01T00:00:00Z&supplier=Acme!`);
    await page.getByRole('button', { name: /Dry run/ }).click();
    const alert = page.getByRole('alert');
    await alert.getByText('invalid_shape').waitFor();
    await alert.getByText('must be the name of a supplier').waitFor();
    await page.goto(`/t/${TENANT}/replays/nope`);
    await page.getByText('There is no replay nope').waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('counts failure modes, and leads to their events and to the words for support', async () => {
    const page = await console_.enter(`/t/${TENANT}/signals`);
    const input = page.getByRole('region', { name: 'Input: what suppliers send' });
    await input
      .getByRole('listitem')
      .filter({ hasText: 'malformed_sku' })
      .getByText('1', { exact: true })
      .waitFor();
    await input.getByRole('link', { name: 'malformed_sku' }).click();
    await page.getByRole('heading', { name: 'Support macro' }).waitFor();
    await page.getByRole('row', { name: /g-2.*globex.*chair 01!/ }).waitFor();
    await page.getByRole('button', { name: 'Copy the macro' }).waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('says of files what goes wrong with them, and of a supplier when it was last heard from', async () => {
    const page = await console_.enter(`/t/${TENANT}`);
    await page
      .getByRole('listitem')
      .filter({ hasText: /^acme .*last heard from .* by event/ })
      .waitFor();
    await page.goto(`/t/${TENANT}/failure-modes/feed_held`);
    await page.getByText('0 since').waitFor();
    await page.getByRole('link', { name: 'Feed health' }).click();
    await page.getByRole('heading', { name: 'The five signals' }).waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('shows a viewer nothing that a viewer may not do', async () => {
    const page = await console_.enter(`/t/${TENANT}/replays`, { role: 'viewer', name: 'vera' });
    await page.getByText('vera viewer').waitFor();
    await page.getByRole('heading', { name: `Replays of ${TENANT}` }).waitFor();
    expect(await page.getByRole('button', { name: 'Roll back …' }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'New replay …' }).count()).toBe(0);
    await page.goto(`/t/${TENANT}/replays/new`);
    await page.getByText('need the role operator').waitFor();
    await page.goto(`/t/${TENANT}/item?sku=CHAIR-01`);
    await page.getByRole('table', { name: 'Events of the item, newest first' }).waitFor();
    expect(
      await page
        .locator('main')
        .getByRole('button', { name: /^(Correct|Void) …$/ })
        .count(),
    ).toBe(0);
    expect(await console_.left()).toEqual([]);
  });

  it('voids an event and corrects its item, with a reason, and shows what came of it', async () => {
    await send(console_.product, 'globex', 'f-1', 'SHELF-03', 40, '2026-06-01T11:00:00Z');
    await send(console_.product, 'globex', 'f-2', 'SHELF-03', 4, '2026-06-01T11:00:01Z');
    const page = await console_.enter(`/t/${TENANT}/item?sku=SHELF-03`, { role: 'operator', name: 'otto' });
    const answer = page.getByRole('region', { name: 'The answer' });
    await answer.getByText(/it accepted version \d/).waitFor();
    const row = (event: string) => page.getByRole('row').filter({ hasText: new RegExp(`CES?T${event}`) });
    const reason = page.getByRole('textbox', { name: 'Reason' });

    await row('f-2').getByRole('button', { name: 'Void …' }).click();
    expect(await page.getByRole('button', { name: 'Void it for good' }).isDisabled()).toBe(true);
    await reason.fill('wrong unit');
    await page.getByRole('button', { name: 'Void it for good' }).click();
    const made = page.locator('.notice[role=status]');
    await made.getByText('void: it takes event f-2 of globex out of the contest').waitFor();
    await answer.getByText(/the catalog says 40/).waitFor();
    await row('f-2')
      .getByText(/voided by console otto .*: wrong unit/)
      .waitFor();
    expect(await row('f-2').getByRole('button').count()).toBe(0);

    await row('f-1').getByRole('button', { name: 'Void …' }).click();
    await reason.fill('wrong unit');
    await page.getByRole('button', { name: 'Void it for good' }).click();
    await page
      .getByRole('alert')
      .getByText(/f-1 of globex is the last that stands/)
      .waitFor();
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'Correct …' }).click();
    await page.getByRole('textbox', { name: 'Quantity' }).fill('3');
    await reason.fill('recounted');
    await page.getByRole('button', { name: 'Correct it' }).click();
    await made.getByText('Corrected to 3').waitFor();
    await made.getByText('won', { exact: true }).waitFor();
    await answer.getByText(/It is a correction by console otto: recounted/).waitFor();
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('row', { name: /console otto.*item\.correct.*recounted/ }).waitFor();
    await page.getByRole('row', { name: /console otto.*event\.void.*wrong unit/ }).waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('does not say that nothing was corrected when the answer is lost', async () => {
    await send(console_.product, 'globex', 'l-1', 'LAMP-07', 40, '2026-06-01T11:00:00Z');
    const page = await console_.enter(`/t/${TENANT}/item?sku=LAMP-07`, { role: 'operator', name: 'otto' });
    const answer = page.getByRole('region', { name: 'The answer' });
    await answer.getByText(/it accepted version \d/).waitFor();
    await page.route('**/corrections', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await page.getByRole('button', { name: 'Correct …' }).click();
    await page.getByRole('textbox', { name: 'Quantity' }).fill('3');
    await page.getByRole('textbox', { name: 'Reason' }).fill('recounted');
    await page.getByRole('button', { name: 'Correct it' }).click();
    await page
      .getByRole('alert')
      .getByText(/It is not known whether it was corrected/)
      .waitFor();
    expect(await page.getByRole('button', { name: 'Correct it' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Close and look' }).click();
    await answer.getByText(/It is a correction by console otto: recounted/).waitFor();
    expect(
      await console_.product.database.supplierEvent.count({ where: { kind: 'correction', sku: 'LAMP-07' } }),
    ).toBe(1);
    expect(await console_.left()).toEqual([]);
  });

  it("shows a tenant's token that tenant alone", async () => {
    await console_.product.database.tenant.create({ data: { id: 'other' } });
    const page = await console_.enter('/', { tenant: 'other', role: 'admin' });
    await page.getByRole('heading', { name: 'Look up in other' }).waitFor();
    await page.getByText('No event has arrived yet.').waitFor();
    expect(await page.getByLabel('Tenant').count()).toBe(0);
    await page.goto(`/t/${TENANT}/item?sku=CHAIR-01`);
    await page.getByText(`${TENANT} never heard of it.`).waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('says what happened when the server is away, and goes on when it is back', async () => {
    const page = await console_.enter(`/t/${TENANT}/audit`);
    await page.getByRole('table').waitFor();
    await page.route('**/v1/**', (route) => route.abort());
    await page.getByRole('link', { name: 'Replays' }).click();
    await page.getByRole('alert').getByText('The server does not answer').waitFor();
    await page.unroute('**/v1/**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: `Replays of ${TENANT}` }).waitFor();
    await page.getByRole('alert').waitFor({ state: 'detached' });
    expect(await console_.left()).toEqual([]);
  });

  it('keeps what it shows while the worker is away', async () => {
    await worker.stop();
    const page = await console_.enter(`/t/${TENANT}/item?sku=SOFA-01`);
    await page.getByText(`${TENANT} never heard of it.`).waitFor();
    await send(console_.product, 'acme', 's-1', 'SOFA-01', 5, '2026-06-01T11:00:00Z');
    await page.goto(`/t/${TENANT}/item?sku=SOFA-01`);
    await page
      .locator('.words')
      .getByText(/is not in the catalog yet/)
      .waitFor();
    await page.getByText('Something is under way').waitFor();
    expect(await console_.left()).toEqual([]);
  });
});

async function setStorefront(settings: Record<string, unknown>): Promise<void> {
  const response = await fetch(`${console_.product.storefrontUrl}/control`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(settings),
  });
  expect(response.status).toBe(200);
}
