import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { GateStatus } from '../../src/http/routes/gate-schema.ts';
import { openCanary } from '../../src/gate/open-canary.ts';
import { TASK_QUEUE } from '../../src/temporal/connect.ts';
import { closedTenant, command, confirmAll } from '../gate/launch.ts';
import { busySupplier } from '../gate/published-event.ts';
import { record } from '../support/record.ts';
import { until } from '../support/until.ts';
import { hasChromium, inChromium } from '../support/chromium.ts';
import { answerGate, openConsole, settled, type ConsoleUnderTest, type Visitor } from './console.ts';
import { missed, watching } from './gate-answers.ts';

/** A business day of three seconds. */
const GATE = { sampleSeconds: 0.5, businessDaySeconds: 3 };

let console_: ConsoleUnderTest;

async function enter(address: string, visitor?: Visitor): Promise<Page> {
  const page = await console_.enter(address, visitor);
  await settled(page);
  return page;
}

/** A canary that acme flows in; globex waits to be widened. */
async function canary(tenant: string): Promise<void> {
  const { database } = console_.product;
  await closedTenant(database, tenant, ['acme', 'globex']);
  await confirmAll(database, tenant);
  await openCanary(database, { ...(await command(database, tenant)), suppliers: ['acme'] });
}

/** Waits until the gate has it so, and looks again. */
async function onceThe(tenant: string, has: { watchedSeconds: number }, page: Page): Promise<void> {
  await until(async () => {
    const watch = await console_.product.database.gateWatch.findFirst({
      where: { tenantId: tenant, supplierId: '' },
    });
    return watch !== null && watch.watchedUs >= BigInt(has.watchedSeconds * 1_000_000);
  });
  await page.reload();
  await settled(page);
}

/** Explains the first update that is still to be explained: the first, second or third. */
async function approve(page: Page, approved: number): Promise<void> {
  await page
    .getByRole('button', { name: /Explain and approve/ })
    .first()
    .click();
  await page.getByLabel('What happened').fill(`It was the only count, number ${approved}.`);
  await page.getByRole('button', { name: 'Approve the trace' }).click();
  await page.getByRole('heading', { name: `Explain three updates ${approved} of 3` }).waitFor();
}

/** The gate's workflow, a worker, the database and the pages: all real; only the business day is short. */
describe.skipIf(!hasChromium)(`the gate ${inChromium}`, () => {
  beforeAll(async () => {
    console_ = await openConsole();
    const { product } = console_;
    await closedTenant(product.database, 'fresh', ['acme', 'globex']);
    for (const tenant of ['green', 'sick']) {
      await canary(tenant);
      await busySupplier(product, { tenant, supplier: 'acme' });
    }
    await closedTenant(product.database, 'whole', ['acme']);
    await confirmAll(product.database, 'whole');
    await openCanary(product.database, {
      ...(await command(product.database, 'whole')),
      suppliers: ['acme'],
    });
    await busySupplier(product, { tenant: 'whole', supplier: 'acme' });
    await canary('calling');
    await sendUnanswered('calling');
    await product.sql('UPDATE supplier_event SET start_due_us = NULL');
    await product.startWorker({ gate: GATE });
    // Brings the gates to life that were opened without one.
    await product.client.workflow.execute('sampleOpenTenants', {
      workflowId: 'round',
      taskQueue: TASK_QUEUE,
    });
  });
  afterAll(async () => {
    await console_?.close();
  });
  afterEach(async () => {
    await console_.left();
  });

  it('confirms the checklist with evidence, and is told every missing condition', async () => {
    const page = await enter('/t/fresh/gate', { role: 'operator', name: 'otto' });
    await page.getByText('5 conditions are missing').waitFor();
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Open the canary …' }).click();
    const confirm = dialog.getByRole('button', { name: 'Open the canary' });
    expect(await confirm.isDisabled()).toBe(true);
    await dialog.getByLabel('acme').check();
    await dialog.getByLabel('Reason').fill('the launch');
    await confirm.click();
    const alert = dialog.getByRole('alert');
    await alert.getByText('The canary stays closed').waitFor();
    expect(await alert.getByRole('listitem').count()).toBe(5);
    await alert.getByText(/Not confirmed: rollback note linked/).waitFor();
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: /Confirm … dashboard/ }).click();
    await page.getByLabel('Evidence').fill('the usual one');
    await page.keyboard.press('Enter');
    await alert.getByText('It was not confirmed').waitFor();
    await page.getByLabel('Evidence').fill('https://grafana.example/d/catalog-sync');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /Checklist 1 of 5/ }).waitFor();
    await page.getByText('confirmed by console otto').waitFor();
    await console_.product.sql("DELETE FROM checklist_item WHERE tenant_id = 'fresh'");
    await confirmAll(console_.product.database, 'fresh');
    await page.reload();

    await page.getByText('Every condition is met.').waitFor();
    await page.getByRole('button', { name: 'Open the canary …' }).click();
    await dialog.getByLabel('acme').check();
    await dialog.getByLabel('Reason').fill('the launch');
    await confirm.click();
    await page.getByRole('heading', { name: 'Tenant fresh is canary' }).waitFor();

    // Without traffic nothing is known, and nothing widens.
    await page.getByText('by configuration, in place of the calendar’s 1 d').waitFor();
    await onceThe('fresh', { watchedSeconds: 0 }, page);
    await page.getByRole('button', { name: 'Widen to globex …' }).click();
    await dialog.getByLabel('Reason').fill('in a hurry');
    await dialog.getByRole('button', { name: 'Widen', exact: true }).click();
    await alert.getByText('globex stays closed').waitFor();
    const missing = (await alert.getByRole('listitem').allTextContents()).join('\n');
    for (const words of [/queue_lag/, /publish_errors/, /Watched for 0 s of 3 s/, /three|3 updates/]) {
      expect(missing).toMatch(words);
    }
    expect(await console_.left()).toEqual([]);
  });

  it('shows a signal that misses with its reason, and the canary closed by it', async () => {
    const page = await enter('/t/sick/gate', { role: 'support', name: 'sue' });
    await onceThe('sick', { watchedSeconds: 1 }, page);
    await page.getByRole('list').getByText('Trace coverage: 100.00 %').waitFor();

    // Somebody changes the ledger by hand: its words and the catalog's do not agree any more.
    await console_.product.sql(
      "UPDATE supplier_event SET quantity = quantity + 1 WHERE tenant_id = 'sick' AND event_id = 'sick-7'",
    );
    await page
      .getByText('The gate is closed: nothing opens or widens, and the watch begins again.')
      .waitFor({ timeout: 45_000 });
    await page
      .getByRole('listitem')
      .getByText(/Trace coverage missed its target: .*sick-7/)
      .waitFor();
    await page.getByText('The watch began again.').waitFor();
    await page.getByText(/trace_coverage missed its target: .*Heal it/).waitFor();
    expect(await page.getByRole('button', { name: /Widen|Confirm|Change/ }).count()).toBe(0);

    await page.getByRole('link', { name: 'Signals', exact: true }).click();
    const card = page.getByRole('region', { name: 'Trace coverage' });
    await card.locator('.badge').getByText('miss').first().waitFor();
    await card
      .getByText(/sick-7/)
      .first()
      .waitFor();
    await card.getByText('What to do').waitFor();
    await card.getByText('Support Eng').waitFor();
    await card.getByRole('img', { name: /samples, [1-9]\d* of which missed the target 100 %/ }).waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('has three traces read and approved, and widens to the last supplier', async () => {
    const page = await enter('/t/green/gate', { role: 'operator', name: 'otto' });
    await onceThe('green', { watchedSeconds: GATE.businessDaySeconds }, page);
    await page.getByText('the business day is complete').waitFor();
    await page.getByRole('heading', { name: /Explain three updates 0 of 3/ }).waitFor();
    await page.getByText(/one condition is missing/).waitFor();
    for (const approved of [1, 2, 3]) {
      await page
        .getByRole('link', { name: /Read the trace/ })
        .nth(approved - 1)
        .click();
      await page.getByRole('heading', { level: 1, name: /^Event green-/ }).waitFor();
      await page.locator('.words').getByText(/won/).waitFor();
      await page.goBack();
      await approve(page, approved);
    }
    await page.getByText('It was the only count, number 3.').waitFor();
    await page.getByText('Every condition is met.').waitFor();
    await page.getByRole('button', { name: 'Widen to globex …' }).click();
    await page.getByText('It is the last one: the tenant becomes open.').waitFor();
    await page.getByLabel('Reason').fill('a green day');
    await page.getByRole('button', { name: 'Widen', exact: true }).click();
    await page.getByRole('heading', { name: 'Tenant green is open' }).waitFor();
    // What the launch rested on stays to be seen.
    await page.reload();
    await settled(page);
    await page.getByRole('heading', { name: /Checklist 5 of 5/ }).waitFor();
    await page.getByText(/the business day is complete\. .* It ended with the launch/).waitFor();
    await page.getByRole('heading', { name: 'Explain three updates 3 of 3' }).waitFor();
    for (const approved of [1, 2, 3]) {
      await page.getByText(`It was the only count, number ${approved}.`).waitFor();
    }
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('row', { name: /console otto.*gate\.widen.*a green day/ }).waitFor();
    expect(await page.getByRole('row', { name: /console otto.*gate\.approve_trace/ }).count()).toBe(3);
    expect(await console_.left()).toEqual([]);
  });

  it('completes a launch whose canary named every supplier', async () => {
    const page = await enter('/t/whole/gate', { role: 'operator', name: 'otto' });
    const complete = page.getByRole('button', { name: 'Complete the launch …' });
    const dialog = page.getByRole('dialog', { name: 'Complete the launch of whole' });
    const confirm = dialog.getByRole('button', { name: 'Complete the launch' });
    await page.getByText('Each supplier is open, but the launch cannot be completed yet').waitFor();
    await complete.click();
    await dialog.getByLabel('Reason').fill('in a hurry');
    await confirm.click();
    await dialog.getByRole('alert').getByText('The launch is not complete').waitFor();
    await page.keyboard.press('Escape');

    await onceThe('whole', { watchedSeconds: GATE.businessDaySeconds }, page);
    for (const approved of [1, 2, 3]) await approve(page, approved);
    await complete.click();
    await dialog.getByText('The tenant becomes open.').waitFor();
    await dialog.getByLabel('Reason').fill('a green day');
    await confirm.dblclick();
    await page.getByRole('heading', { name: 'Tenant whole is open' }).waitFor();
    expect(await complete.count()).toBe(0);
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('row', { name: /console otto.*gate\.widen.*a green day/ }).waitFor();
    expect(await page.getByRole('row', { name: /gate\.widen/ }).count()).toBe(1);
    expect(await console_.left()).toEqual([]);
  });

  it('rolls back by two clicks from any page, and lists the calls under way', async () => {
    const page = await enter('/t/calling/audit', { role: 'operator', name: 'otto' });
    await page.getByRole('button', { name: 'Roll back …' }).click();
    await page.getByRole('button', { name: 'Roll back now' }).click();
    const done = page.getByRole('dialog', { name: 'Rolled back' });
    await done.getByRole('row', { name: /calling:CHAIR-01.*1.*e-17/ }).waitFor();
    await done.getByRole('button', { name: 'Close' }).last().click();
    // The focus goes back to where it came from.
    await page.waitForFunction("document.activeElement.textContent === 'Roll back …'");
    await page.reload();
    await page
      .getByRole('row', { name: /console otto.*gate\.rollback.*Rolled back from the console/ })
      .waitFor();
    await page.getByRole('link', { name: 'Gate' }).click();
    await page.getByRole('heading', { name: 'Tenant calling is closed' }).waitFor();
    await page.getByText('1 call to the storefront under way.').waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('speaks of the gate and of a watch only where something waits for them', async () => {
    const page = await console_.signedIn();
    const heading = page.getByText('The gate is closed: nothing opens or widens');
    const answer = async (status: GateStatus) => {
      await answerGate(page, () => status);
      await page.goto('/t/fresh/gate');
      await page.getByRole('heading', { name: 'Tenant canary is open' }).waitFor();
      await settled(page);
    };
    const open = (status: GateStatus): GateStatus => ({
      ...{ ...status, state: 'open', watch: null, toWiden: [] },
      suppliers: status.suppliers.map((one) => ({ ...one, state: 'open' })),
    });
    await answer(open(missed()));
    await page.getByText('A target is missed. Nothing waits to be opened').waitFor();
    await page.getByText(/Publish errors missed its target: .*HTTP 422/).waitFor();
    expect(await heading.count()).toBe(0);
    await answer(open({ ...watching(), verdict: 'inconclusive' }));
    expect(await page.getByText('Nothing opens or widens until').count()).toBe(0);
    // A supplier that came later has a watch of its own.
    const { suppliers, watch } = missed();
    await answer({
      ...open(missed()),
      suppliers: suppliers.map((one) => (one.state === 'closed' ? { ...one, watch } : one)),
    });
    await page.getByText('nothing opens or widens, and the watch begins again.').waitFor();
    await answer({ ...open(missed()), suppliers });
    await page.getByText('The gate is closed: nothing opens or widens.', { exact: true }).waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('says so when the gate cannot be read, and still offers what else there is', async () => {
    const page = await console_.signedIn();
    await page.route('**/v1/tenants/*/gate', (route) =>
      route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' }),
    );
    await page.goto('/t/fresh/signals');
    await page.getByRole('alert').getByText('The server answered with HTTP 502').waitFor();
    await page.getByRole('link', { name: 'malformed_sku' }).waitFor();
    expect(await console_.left()).toEqual([]);
  });
});

/** A publish attempt that the storefront has not answered. */
async function sendUnanswered(tenant: string): Promise<void> {
  const { database, sql } = console_.product;
  await record(database, tenant, 'acme', [
    { eventId: 'e-17', sku: 'CHAIR-01', quantity: 7, updatedAt: 1_780_000_000_000_000n },
  ]);
  await sql(
    `SELECT begin_publish_attempt(e.seq, e.tenant_id || ':' || e.sku, s.version, e.workflow_id, 'msg', NULL)
       FROM supplier_event e
      CROSS JOIN LATERAL save_catalog_item(e.seq, e.tenant_id || ':' || e.sku, e.sku, NULL) s
      WHERE e.tenant_id = $1`,
    [tenant],
  );
}
