import type { Page } from 'playwright-core';
import { follow, startReplay } from '../support/replay.ts';
import { NARROW, WIDE, type ConsoleUnderTest, type Look } from './console.ts';
import { closed, missed } from './gate-answers.ts';
import { fillOutlet, OUTLET } from './several-suppliers.ts';
import { fillShop, send, TENANT } from './shop.ts';

/** All that a page has to be good in; the first and the last have every property once. */
export const LOOKS: (Required<Look> & { name: string })[] = [
  { name: 'light-wide', theme: 'light', size: WIDE },
  { name: 'dark-wide', theme: 'dark', size: WIDE },
  { name: 'light-narrow', theme: 'light', size: NARROW },
  { name: 'dark-narrow', theme: 'dark', size: NARROW },
];

export interface Shown {
  name: string;
  address: string;
  /** What has to be there before the page counts as shown. */
  ready: (page: Page) => Promise<void>;
  gate?: () => unknown;
}

const text = (words: string | RegExp) => (page: Page) => page.getByText(words).first().waitFor();

/** Stands for the address of a replay that has ended. */
const REPLAY = '';

/** Every page, some in more than one state; the gate's from answers of the agreed shape. */
const PAGES: Shown[] = [
  { name: 'look-up', address: `/t/${TENANT}`, ready: text('g-2') },
  { name: 'search', address: `/t/${TENANT}/search?q=CHAIR-1`, ready: text('Is it one of these?') },
  { name: 'item', address: `/t/${TENANT}/item?sku=CHAIR-01`, ready: text('Publish attempts') },
  {
    name: 'item-of-several',
    address: `/t/${OUTLET}/item?sku=SOFA-01`,
    ready: text('What it is made of'),
  },
  {
    name: 'event',
    address: `/t/${TENANT}/event?supplier=acme&event=e-16`,
    ready: text('lost to event e-17'),
  },
  {
    name: 'supplier',
    address: `/t/${TENANT}/suppliers/acme`,
    ready: (page) => page.getByRole('row', { name: /e-17/ }).first().waitFor(),
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
  { name: 'replay', address: REPLAY, ready: text('completed') },
  { name: 'audit', address: `/t/${TENANT}/audit`, ready: (page) => page.getByRole('table').waitFor() },
  { name: 'sessions', address: '/sessions', ready: text('this one') },
  { name: 'no-page', address: `/t/${TENANT}/nonsense`, ready: text('There is no such page') },
];

export const NAMES = PAGES.map(({ name }) => name);

/** Fills a shop with what the pages show. @returns the pages */
export async function fillPages({ product }: ConsoleUnderTest): Promise<Shown[]> {
  await product.startWorker();
  await fillShop(product);
  await fillOutlet(product);
  const id = await startReplay(product.database, { tenant: TENANT });
  await follow(product.database, id);
  await send(product, 'acme', 'e-99', 'chair 99!', 4, '2026-06-01T11:00:00Z');
  return PAGES.map((page) =>
    page.address === REPLAY ? { ...page, address: `/t/${TENANT}/replays/${id}` } : page,
  );
}
