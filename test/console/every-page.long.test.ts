import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, inChromium } from '../support/chromium.ts';
import { answerGate, faults, openConsole, settled, type ConsoleUnderTest } from './console.ts';
import { watching } from './gate-answers.ts';
import { fillPages, LOOKS, NAMES, type Shown } from './pages.ts';
import { TENANT } from './shop.ts';

/** Light once and dark once, wide once and narrow once. */
const TESTED = LOOKS.filter(({ name }) => name === 'light-wide' || name === 'dark-narrow');

interface Loaded {
  name: string;
  transferSize: number;
  encodedBodySize: number;
  decodedBodySize: number;
}

let console_: ConsoleUnderTest;
let axe: string;
let pages: Shown[];

describe.skipIf(!hasChromium)(`every page ${inChromium}`, () => {
  beforeAll(async () => {
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    console_ = await openConsole();
    pages = await fillPages(console_);
  });
  afterAll(async () => {
    await console_?.close();
  });

  describe.each(TESTED)('$name', (look) => {
    let page: Page;
    let gate: () => unknown;

    beforeAll(async () => {
      page = await console_.signedIn({ theme: look.theme, size: look.size });
      await answerGate(page, () => gate());
    });
    afterAll(() => page.context().close());

    it.each(NAMES)('%s is accessible and fits', async (name) => {
      const shown = pages.find((one) => one.name === name);
      if (!shown) throw new Error(`there is no page ${name}`);
      gate = shown.gate ?? watching;
      await page.goto(shown.address);
      await shown.ready(page);
      await settled(page);
      expect(await violations(page)).toEqual([]);
      expect(
        await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
      ).toBe(0);
      expect(faults(page)).toEqual([]);
      // Commands are code, and no option of theirs is broken in two.
      expect(await page.locator('main').textContent()).not.toContain('`');
      expect(
        await page.evaluate(
          "[...document.querySelectorAll('code.command > span')].filter((one) => one.offsetHeight > 30).length",
        ),
      ).toBe(0);
      // Times carry a zone, and decimals stand behind seconds alone.
      const times = await page.locator('main time').allTextContents();
      expect(times.filter((time) => !/\d{4},? \d\d:\d\d:\d\d(\.\d+)? \S+$/.test(time))).toEqual([]);
    });

    it('sign-in is accessible and fits', async () => {
      const visitor = await console_.visit(look);
      await visitor.goto('/');
      await visitor.getByLabel('API token').waitFor();
      expect(await violations(visitor)).toEqual([]);
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
    expect(scripts.map(({ name }) => name)).toContainEqual(expect.stringMatching(/main\.js$/));
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
