import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GateStatus } from '../../src/http/routes/gate-schema.ts';
import {
  answerGate,
  faults,
  hasChromium,
  inChromium,
  openConsole,
  type ConsoleUnderTest,
  type Visitor,
} from './console.ts';
import { closed, missed, watching } from './gate-answers.ts';
import { openTenant } from '../support/flags.ts';

let console_: ConsoleUnderTest;
/** What the stand-in for the gate answers, and what it was told. */
let status: GateStatus;
let told: { command: string; body: unknown }[];

async function gate(visitor: Visitor = {}): Promise<Page> {
  const page = await console_.signedIn(visitor);
  await answerGate(page, () => status);
  return page;
}

/** A command of the gate: answers in its place. */
async function onCommand(
  page: Page,
  command: string,
  answer: (route: Route) => Promise<void>,
): Promise<void> {
  await page.route(`**/v1/tenants/canary/gate/${command}`, async (route) => {
    told.push({ command: `${route.request().method()} ${command}`, body: route.request().postDataJSON() });
    await answer(route);
  });
}

async function refuse(route: Route, missing: { condition: string; detail: string }[]): Promise<void> {
  await route.fulfill({
    status: 409,
    contentType: 'application/problem+json',
    json: {
      type: 'about:blank',
      status: 409,
      code: 'gate_refused',
      title: 'The gate does not allow it',
      detail: 'Meet each condition below.',
      missing,
    },
  });
}

/** These pages stand before an answer of the agreed shape; the gate itself has tests of its own. */
describe.skipIf(!hasChromium)(`the gate ${inChromium}`, () => {
  beforeAll(async () => {
    console_ = await openConsole();
    await openTenant(console_.product.database, 'canary', ['acme', 'globex']);
  });
  afterAll(async () => {
    await console_?.close();
  });
  beforeEach(() => {
    status = watching();
    told = [];
  });

  it('confirms the checklist with evidence, and names every missing condition of a canary', async () => {
    status = closed();
    const page = await gate();
    await onCommand(page, 'checklist/dashboard', async (route) => {
      status = { ...status, checklist: watching().checklist };
      await route.fulfill({ json: status });
    });
    await onCommand(page, 'open', (route) => refuse(route, closed().toOpen));
    await page.goto('/t/canary/gate');
    await page.getByText('2 conditions are missing').waitFor();
    await page.getByRole('button', { name: /Confirm … Dashboard/ }).click();
    await page.getByLabel('Evidence').fill('https://grafana.example/d/catalog-sync');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /Checklist 5 of 5/ }).waitFor();

    await page.getByRole('button', { name: 'Open the canary …' }).click();
    const dialog = page.getByRole('dialog');
    const confirm = dialog.getByRole('button', { name: 'Open the canary' });
    expect(await confirm.isDisabled()).toBe(true);
    await dialog.getByLabel('acme').check();
    await dialog.getByLabel('Reason').fill('the launch');
    await confirm.click();
    const alert = dialog.getByRole('alert');
    await alert.getByText('The canary stays closed').waitFor();
    expect(await alert.getByRole('listitem').allTextContents()).toEqual(
      closed().toOpen.map(({ detail }) => detail),
    );
    expect(told).toEqual([
      { command: 'PUT checklist/dashboard', body: { reference: 'https://grafana.example/d/catalog-sync' } },
      { command: 'POST open', body: { suppliers: ['acme'], reason: 'the launch' } },
    ]);
    expect(faults(page)).toEqual([]);
    await page.context().close();
  });

  it('shows a signal that misses with its reason, and what it keeps closed', async () => {
    status = missed();
    const page = await gate({ role: 'viewer' });
    await page.goto('/t/canary/signals');
    const card = page.getByRole('region', { name: 'Publish errors' });
    await card.locator('.badge').getByText('miss').first().waitFor();
    await card.getByText(/3 were refused, the last for canary:CHAIR-01/).waitFor();
    await card.getByText('Mend the storefront, replay the window').waitFor();
    await card.getByRole('img', { name: /240 samples, 4 of which missed the target < 0.5 %/ }).waitFor();
    await page.getByRole('link', { name: 'Gate' }).click();
    await page.getByText('3 conditions are missing').waitFor();
    await page.getByText('The watch began again.').waitFor();
    expect(await page.getByRole('button', { name: /Widen|Approve|Confirm|Change/ }).count()).toBe(0);
    expect(faults(page)).toEqual([]);
    await page.context().close();
  });

  it('explains the last trace, and widens', async () => {
    const page = await gate();
    await onCommand(page, 'approve-trace', async (route) => {
      const { explanation } = route.request().postDataJSON() as { explanation: string };
      status = {
        ...status,
        reviews: status.reviews.map((one) =>
          one.approvedAt === null
            ? { ...one, explanation, explainedBy: 'console ada', approvedAt: one.sampledAt }
            : one,
        ),
        toWiden: [],
      };
      await route.fulfill({ json: status });
    });
    await onCommand(page, 'widen', async (route) => {
      status = {
        ...status,
        state: 'open',
        suppliers: status.suppliers.map((one) => ({ ...one, state: 'open', heldEvents: 0 })),
      };
      await route.fulfill({ json: status });
    });
    await page.goto('/t/canary/gate');
    await page.getByText('5 h 15 min').waitFor();
    expect(await page.getByRole('progressbar').getAttribute('value')).toBe(String(18_900 / 28_800));
    await page.getByRole('heading', { name: /Explain three updates 2 of 3/ }).waitFor();
    expect(await page.getByRole('link', { name: 'Read the trace of e-40' }).getAttribute('href')).toBe(
      '/t/canary/event?supplier=acme&event=e-40',
    );
    await page.getByRole('button', { name: /Explain and approve … e-40/ }).click();
    await page.getByLabel('What happened').fill('It is the newest count.');
    await page.getByRole('button', { name: 'Approve the trace' }).click();
    await page.getByRole('heading', { name: /Explain three updates 3 of 3/ }).waitFor();
    await page.getByText('It is the newest count.').waitFor();

    await page.getByText('Every condition is met.').waitFor();
    await page.getByRole('button', { name: 'Widen to globex …' }).click();
    await page.getByText('It is the last one: the tenant becomes open.').waitFor();
    await page.getByLabel('Reason').fill('a green day');
    await page.getByRole('button', { name: 'Widen', exact: true }).click();
    await page.getByRole('heading', { name: 'canary is open' }).waitFor();
    expect(told).toEqual([
      {
        command: 'POST approve-trace',
        body: { supplier: 'acme', eventId: 'e-40', explanation: 'It is the newest count.' },
      },
      { command: 'POST widen', body: { supplier: 'globex', reason: 'a green day' } },
    ]);
    expect(faults(page)).toEqual([]);
    await page.context().close();
  });

  it('rolls back by two clicks from any page, and lists the calls under way', async () => {
    const page = await gate({ role: 'operator' });
    await onCommand(page, 'rollback', async (route) => {
      status = { ...closed(), toOpen: [] };
      await route.fulfill({
        json: {
          tenant: 'canary',
          supplier: null,
          committedAt: '2026-06-01T14:00:00.000000Z',
          before: 'canary',
          after: 'closed',
          sending: [
            {
              itemId: 'canary:CHAIR-01',
              version: 2,
              supplier: 'acme',
              eventId: 'e-17',
              startedAt: '2026-06-01T13:59:59.000000Z',
            },
          ],
        },
      });
    });
    await page.goto('/t/canary/audit');
    await page.getByRole('button', { name: 'Roll back …' }).click();
    await page.getByRole('button', { name: 'Roll back now' }).click();
    await page.getByRole('dialog', { name: 'Rolled back' }).waitFor();
    await page.getByRole('row', { name: /canary:CHAIR-01.*2.*e-17/ }).waitFor();
    expect(told).toEqual([{ command: 'POST rollback', body: { reason: 'Rolled back from the console.' } }]);
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    // The focus goes back to where it came from.
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Roll back …');
    expect(faults(page)).toEqual([]);
    await page.context().close();
  });

  it('says so when the gate cannot be read, and still offers what else there is', async () => {
    const page = await gate();
    await page.route('**/v1/tenants/canary/gate', (route) =>
      route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' }),
    );
    await page.goto('/t/canary/signals');
    await page.getByRole('alert').getByText('The server answered with HTTP 502').waitFor();
    await page.getByRole('link', { name: 'malformed_sku' }).waitFor();
    expect(faults(page)).toEqual([]);
    await page.context().close();
  });
});
