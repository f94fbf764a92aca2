import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { NARROW, WIDE, openConsole, settled, type ConsoleUnderTest, type Look } from './console.ts';
import { LAUNCHED, launch, refuseSome, SHOP, tellStory } from './take-pictures-story.ts';

const DOCS = path.join(projectRoot(), 'docs');
const FOLDER = path.join(DOCS, 'screenshots');

interface Picture extends Look {
  name: string;
  address: string;
  /** What has to be there, or to be done, before it is taken. */
  ready(page: Page): Promise<unknown>;
  /** Only what is on the screen; else the whole page. */
  screenOnly?: true;
}

const words = (text: string | RegExp) => (page: Page) => page.getByText(text).first().waitFor();

const BEFORE: Picture[] = [
  {
    name: 'item',
    address: `/t/${SHOP}/item?sku=CHAIR-01`,
    ready: words('Publish attempts'),
    size: { width: 1280, height: 1130 },
    screenOnly: true,
  },
  {
    name: 'item-on-a-phone',
    address: `/t/${SHOP}/item?sku=CHAIR-01`,
    ready: words('Publish attempts'),
    theme: 'dark',
    size: { ...NARROW, height: 1300 },
    screenOnly: true,
  },
  { name: 'gate', address: `/t/${LAUNCHED}/gate`, ready: words('the business day is complete') },
];

/** When the storefront has begun to refuse. */
const AFTER: Picture[] = [
  {
    name: 'signals',
    address: `/t/${LAUNCHED}/signals`,
    ready: (page) =>
      page
        .getByRole('region', { name: 'Publish errors' })
        .locator('.badge')
        .getByText('miss')
        .first()
        .waitFor({ timeout: 60_000 }),
  },
  {
    name: 'new-replay',
    address: `/t/${LAUNCHED}/replays/new?since=2026-01-01T00:00:00Z&failureMode=publish_rejected`,
    ready: async (page) => {
      await page.getByRole('button', { name: /Dry run/ }).click();
      await page.getByRole('button', { name: /Start the replay/ }).waitFor();
    },
  },
];

/** Not among the tests: `npm run pictures`. Everything in the pictures has happened, see docs/console.md. */
it('takes the pictures that the pages link', { timeout: 600_000 }, async () => {
  expect([...BEFORE, ...AFTER].map(({ name }) => name).toSorted()).toEqual(linkedPictures());
  const console_ = await openConsole();
  try {
    await tellStory(console_);
    await launch(console_);
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    for (const picture of BEFORE) await take(console_, picture);
    await refuseSome(console_);
    for (const picture of AFTER) await take(console_, picture);
  } finally {
    await console_.close();
  }
});

async function take(console_: ConsoleUnderTest, picture: Picture): Promise<void> {
  const { theme = 'light', size = WIDE } = picture;
  const page = await console_.enter(picture.address, { theme, size, name: 'ada' });
  await settled(page);
  await picture.ready(page);
  await page.screenshot({
    path: path.join(FOLDER, `${picture.name}.png`),
    fullPage: !picture.screenOnly,
    animations: 'disabled',
  });
  await page.context().close();
}

function linkedPictures(): string[] {
  const pages = readdirSync(DOCS)
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(DOCS, name));
  const text = [path.join(projectRoot(), 'README.md'), ...pages].map((file) => readFileSync(file, 'utf8'));
  const links = text.join('\n').matchAll(/screenshots\/([\w-]+)\.png/g);
  return [...new Set([...links].map(([, name]) => String(name)))].toSorted();
}
