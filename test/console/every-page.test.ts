import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answerGate,
  faults,
  hasChromium,
  inChromium,
  NARROW,
  openConsole,
  picture,
  settled,
  WIDE,
  type ConsoleUnderTest,
  type Look,
} from './console.ts';
import { closed, missed, watching } from './gate-answers.ts';
import { fillShop, send, TENANT } from './shop.ts';
import { startReplay, follow } from '../support/replay.ts';

const LOOKS: (Required<Look> & { name: string })[] = [
  { name: 'light-wide', theme: 'light', size: WIDE },
  { name: 'dark-wide', theme: 'dark', size: WIDE },
  { name: 'light-narrow', theme: 'light', size: NARROW },
  { name: 'dark-narrow', theme: 'dark', size: NARROW },
];

interface Shown {
  name: string;
  address: string;
  /** What has to be there before the page counts as shown. */
  ready: (page: Page) => Promise<void>;
  gate?: () => unknown;
}

const text = (words: string | RegExp) => (page: Page) => page.getByText(words).first().waitFor();

const PAGES: Shown[] = [
  { name: 'look-up', address: `/t/${TENANT}`, ready: text('g-2') },
  { name: 'search', address: `/t/${TENANT}/search?q=CHAIR-1`, ready: text('Is it one of these?') },
  { name: 'item', address: `/t/${TENANT}/item?sku=CHAIR-01`, ready: text('Publish attempts') },
  {
    name: 'event',
    address: `/t/${TENANT}/event?supplier=acme&event=e-16`,
    ready: text('lost to event e-17'),
  },
  { name: 'unknown-item', address: `/t/${TENANT}/item?sku=NOPE`, ready: text('never heard of it') },
  { name: 'signals', address: `/t/${TENANT}/signals`, ready: text('Customer: what people see') },
  { name: 'signals-miss', address: `/t/${TENANT}/signals`, ready: text('3 were refused'), gate: missed },
  {
    name: 'failure-mode',
    address: `/t/${TENANT}/failure-modes/malformed_sku`,
    ready: (page) => page.getByRole('row', { name: /g-2/ }).waitFor(),
  },
  { name: 'gate', address: `/t/${TENANT}/gate`, ready: text('5 h 15 min') },
  {
    name: 'gate-closed',
    address: `/t/${TENANT}/gate`,
    ready: text('The canary cannot open yet'),
    gate: closed,
  },
  { name: 'gate-miss', address: `/t/${TENANT}/gate`, ready: text('The watch began again.'), gate: missed },
  {
    name: 'rollback',
    address: `/t/${TENANT}/gate`,
    ready: async (page) => {
      await page.getByRole('button', { name: 'Roll back …' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'replays', address: `/t/${TENANT}/replays`, ready: (page) => page.getByRole('table').waitFor() },
  {
    name: 'new-replay',
    address: `/t/${TENANT}/replays/new?since=2026-01-01T00:00:00Z&sku=CHAIR-01`,
    ready: async (page) => {
      await page.getByRole('button', { name: /Dry run/ }).click();
      await page.getByRole('button', { name: /Start the replay/ }).waitFor();
    },
  },
  { name: 'replay', address: '', ready: text('completed') },
  { name: 'audit', address: `/t/${TENANT}/audit`, ready: (page) => page.getByRole('table').waitFor() },
  { name: 'no-page', address: `/t/${TENANT}/nonsense`, ready: text('There is no such page') },
];

interface Loaded {
  name: string;
  transferSize: number;
  encodedBodySize: number;
  decodedBodySize: number;
}

let console_: ConsoleUnderTest;
let axe: string;

describe.skipIf(!hasChromium)(`every page ${inChromium}`, () => {
  beforeAll(async () => {
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    console_ = await openConsole();
    await console_.product.startWorker();
    await fillShop(console_.product);
    const id = await startReplay(console_.product.database, { tenant: TENANT });
    await follow(console_.product.database, id);
    for (const page of PAGES) if (page.name === 'replay') page.address = `/t/${TENANT}/replays/${id}`;
    await send(console_.product, 'acme', 'e-99', 'chair 99!', 4, '2026-06-01T11:00:00Z');
  });
  afterAll(async () => {
    await console_?.close();
  });

  describe.each(LOOKS)('$name', (look) => {
    let page: Page;
    let gate: () => unknown;

    beforeAll(async () => {
      page = await console_.signedIn({ theme: look.theme, size: look.size });
      await answerGate(page, () => gate());
    });
    afterAll(() => page.context().close());

    it.each(PAGES)(
      '$name is accessible and fits',
      async ({ name, address, ready, gate: answer = watching }) => {
        gate = answer;
        await page.goto(address);
        await ready(page);
        await settled(page);
        expect(await violations(page)).toEqual([]);
        expect(
          await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
        ).toBe(0);
        await picture(page, `${name}-${look.name}`, { whole: name !== 'rollback' });
        expect(faults(page)).toEqual([]);
      },
    );

    it('sign-in is accessible and fits', async () => {
      const visitor = await console_.visit(look);
      await visitor.goto('/');
      await visitor.getByLabel('API token').waitFor();
      expect(await violations(visitor)).toEqual([]);
      await picture(visitor, `sign-in-${look.name}`);
      await visitor.context().close();
    });
  });

  it('can be used by the keyboard: skip link, sections, and a dialog that keeps and gives back the focus', async () => {
    const page = await console_.signedIn();
    await page.goto(`/t/${TENANT}`);
    await settled(page);
    const focused = () => page.evaluate('document.activeElement.textContent.trim()');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the content');
    await page.getByRole('link', { name: 'Gate' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /^Gate of/ }).waitFor();
    expect(await focused()).toBe(`Gate of ${TENANT}`);
    await page.getByRole('button', { name: 'Roll back …' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    expect(await page.evaluate('document.activeElement.tagName')).toBe('TEXTAREA');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await focused()).toBe('Roll back …');
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: `Look up in ${TENANT}` }).waitFor();
    expect(faults(page)).toEqual([]);
    await page.context().close();
  });

  it('loads at first with less than 250 kB, compressed', async () => {
    const page = await console_.signedIn();
    await page.goto(`/t/${TENANT}/item?sku=CHAIR-01`);
    await settled(page);
    const loaded = await page.evaluate<Loaded[]>(
      `[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .map(({ name, transferSize, encodedBodySize, decodedBodySize }) => ({ name, transferSize, encodedBodySize, decodedBodySize }))`,
    );
    const scripts = loaded.filter(({ name }) => name.endsWith('.js'));
    expect(scripts.length).toBeGreaterThan(10);
    const uncompressed = scripts.filter(
      ({ encodedBodySize, decodedBodySize }) => encodedBodySize >= decodedBodySize && decodedBodySize > 200,
    );
    expect(uncompressed).toEqual([]);
    expect(loaded.reduce((sum, { transferSize }) => sum + transferSize, 0)).toBeLessThan(250_000);
    await page.context().close();
  });
});

/** By the rules of axe, all of them, in words. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate<string[]>(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(
      ({ id, help, nodes }) => id + ': ' + help + ' ' + nodes.slice(0, 3).map(({ html }) => html).join(' | ')))`,
  );
}
