import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { inject, afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Trace } from '../../src/trace/trace.ts';
import { mustParseTime } from '../../src/domain/time.ts';
import { cli, type Cli } from '../cli/run.ts';
import { hasChromium, inChromium } from '../support/chromium.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
import { until } from '../support/until.ts';
import { shopAt } from '../support/shop-at.ts';
import { openConsole, settled, type ConsoleUnderTest } from './console.ts';

/** What goes wrong in each tenant's shop, and which failure mode lists the event. */
const TROUBLES = {
  broken: 'storefront_unreachable',
  hanging: 'storefront_unreachable',
  refusing: 'publish_rejected',
  behind: undefined,
  missing: undefined,
} as const;
type Trouble = keyof typeof TROUBLES;
/** What the item page shows beside the answer, where that is no figure. */
const FIGURES: Partial<Record<Trouble, RegExp>> = {
  hanging: /Storefront showsno answer/,
  missing: /Storefront showsnot in the shop it does not know the item/,
};
const NAMES = Object.keys(TROUBLES) as Trouble[];

let console_: ConsoleUnderTest;
let shop: Server;
let shell: Cli;
let isWell = true;

/** A shop that has taken version 1, and then: fails, hangs, refuses, takes what it does not show, or forgets it. */
function answer(trouble: Trouble, isBust: boolean, response: ServerResponse): void {
  if (!isBust) {
    if (trouble === 'hanging' && !isWell) return;
    if (trouble === 'missing' && !isWell) response.writeHead(404);
    response.end('{"quantity":21,"version":1}');
    return;
  }
  if (isWell || trouble === 'behind' || trouble === 'missing') response.end('{"accepted":true}');
  else if (trouble === 'broken') response.writeHead(500, 'Out Of Order').end();
  else if (trouble === 'refusing') response.end('{"accepted":false,"reason":"no such product"}');
}

const send = (tenant: string, eventId: string, quantity: number, updatedAt: string) =>
  record(console_.product.database, tenant, 'acme', [
    { eventId, sku: 'CHAIR-01', quantity, updatedAt: mustParseTime(updatedAt) },
  ]);

beforeAll(async () => {
  if (!hasChromium) return;
  shop = createServer((request, response) => {
    const [, trouble = ''] = (request.url ?? '').split('/');
    request.resume();
    request.on('end', () => answer(trouble as Trouble, request.method === 'POST', response));
  });
  await new Promise<void>((resolve) => {
    shop.listen(0, '127.0.0.1', resolve);
  });
  console_ = await openConsole();
  const { product } = console_;
  shell = await cli({
    DATABASE_URL: product.urlOf('operator'),
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: product.client.options.namespace,
    NO_COLOR: '1',
  });
  const url = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  for (const tenant of NAMES) {
    await openTenant(product.database, tenant, ['acme']);
    await shopAt(product.sql, `${url}/${tenant}`, tenant);
  }
  await product.startWorker();
  for (const tenant of NAMES) await send(tenant, 'e-16', 21, '2026-06-01T19:00:00Z');
  const accepted = (count: number) => async () =>
    (await product.database.publishAttempt.count({ where: { status: 'accepted' } })) === count;
  await until(accepted(NAMES.length));
  isWell = false;
  for (const tenant of NAMES) await send(tenant, 'e-17', 24, '2026-06-01T19:30:00Z');
  await until(async () => {
    const ended = await product.database.publishAttempt.groupBy({
      by: ['itemId'],
      where: { version: 2, status: { not: 'sending' } },
      _count: true,
    });
    const tries = new Map(ended.map(({ itemId, _count }) => [itemId, _count]));
    return NAMES.every((name) => (tries.get(`${name}:CHAIR-01`) ?? 0) >= (name === 'broken' ? 3 : 1));
  });
}, 180_000);
afterAll(async () => {
  await shell?.close();
  await console_?.close();
  shop?.closeAllConnections();
  shop?.close();
});
afterEach(async () => {
  await console_?.left();
});

/** Without what goes on while the faces are looked at one after the other, and what only Temporal knows. */
function still(said: string): string {
  return said
    .replace(/\s+/g, ' ')
    .replace(/; (a try is under way|next try at [^;]*?Z)/g, '')
    .replace(/2026-06-01T(\d\d:\d\d):00\.000000Z/g, '$1')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'T')
    .replace(/answered( \d+ times in a row)? with HTTP 500/, 'answered N times in a row with HTTP 500')
    .replace(/\((the last )?at T/, '(the last at T')
    .replace(/(the try|\d+ tries in a row) failed/, 'N tries in a row failed')
    .replace(/within \d+ ms/g, 'within N ms')
    .trim();
}

/** The words of an element, each time in them as the markup has it. */
function words(page: Page, selector: string): Promise<string> {
  return page.evaluate(`(() => {
    const copy = document.querySelector(${JSON.stringify(selector)}).cloneNode(true);
    for (const time of copy.querySelectorAll('time')) time.replaceWith(time.dateTime);
    return copy.textContent;
  })()`);
}

describe.skipIf(!hasChromium)(`a shop in trouble ${inChromium}`, () => {
  it.each(NAMES)('%s: command line, API, item page and failure mode say the same', async (tenant) => {
    const said = await shell.run(['trace', 'CHAIR-01', '--tenant', tenant, '--json']);
    expect([said.code, said.stderr]).toEqual([0, '']);
    const trace = JSON.parse(said.stdout) as Trace;
    await expect(`${still(trace.answer)}\n`).toMatchFileSnapshot(`snapshots/shop-${tenant}.txt`);

    const printed = await shell.run(['trace', 'CHAIR-01', '--tenant', tenant]);
    const [first = ''] = printed.stdout.split('\n\n');
    expect(still(first)).toBe(still(trace.answer));

    const token = await console_.token({ role: 'viewer' });
    const api = await fetch(`${console_.url}/v1/tenants/${tenant}/items/CHAIR-01/trace`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(still(((await api.json()) as Trace).answer)).toBe(still(trace.answer));

    const page = await console_.enter(`/t/${tenant}/item?sku=CHAIR-01`);
    await settled(page);
    expect(still(await words(page, '.answer .words'))).toBe(still(trace.answer));
    const figures = await page.locator('.answer .figures').textContent();
    expect(figures).toMatch(/^Catalog says24/);
    expect(figures).toMatch(FIGURES[tenant] ?? /Storefront shows21version 1 older/);
    if (tenant === 'refusing')
      expect(figures).toMatch(/Publicationrejectedversion 2, at .*no such product said /);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy the answer' }).click();
    await page.getByText('Copied', { exact: true }).waitFor();
    expect(still(await page.evaluate('navigator.clipboard.readText()'))).toBe(still(trace.answer));

    const mode = TROUBLES[tenant];
    for (const one of ['storefront_unreachable', 'publish_rejected']) {
      await page.goto(`/t/${tenant}/failure-modes/${one}`);
      await settled(page);
      if (one === mode) {
        await page.getByRole('row', { name: /e-17.*(HTTP 500|no answer within|no such product)/ }).waitFor();
        await page.getByText(/^1 since /).waitFor();
      } else {
        await page.getByText('No event went wrong in this way.').waitFor();
      }
    }
    expect(await console_.left()).toEqual([]);
  });

  it('when the next try comes is told by the command line, which asks Temporal', async () => {
    const at = await until(async () => {
      const { stdout } = await shell.run(['trace', 'CHAIR-01', '--tenant', 'broken', '--json']);
      const { answer: told, publication } = JSON.parse(stdout) as Trace;
      const next = publication?.nextTryAt ?? undefined;
      return next !== undefined && told.includes(`; next try at ${next}.`) && next;
    });
    expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(30_000);
  });
});
