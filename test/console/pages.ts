import type { Page } from 'playwright-core';
import { takeAliases } from '../../src/aliases/take-aliases.ts';
import { mustParseTime } from '../../src/domain/time.ts';
import { changeTenant } from '../../src/flags/tenants.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
import { shopAt } from '../support/shop-at.ts';
import { follow, startReplay } from '../support/replay.ts';
import { NARROW, WIDE, type ConsoleUnderTest, type Look } from './console.ts';
import { drop, feedOf, ranFile } from './feed-files.ts';
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

/** Stand for addresses that are known when the shop is filled. */
const REPLAY = 'of a replay that has ended';
const RUN = 'of a run of a feed, with rows that were refused';
const HELD_RUN = 'of a run that a guard holds';

const WORKS = 'works';
const FILE = 'sku,qty,updated_at,of nobody\nA-1,5,2026-06-01T06:00:00Z,x\nA-2,many,2026-06-01T06:00:00Z,y\n';
const FEED = `feed: night
supplier: initech
source: { upload: {} }
columns: { sku: sku, quantity: qty, updatedAt: updated_at }
guards: { refused: 50% }
`;

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
  {
    name: 'failure-mode-of-files',
    address: `/t/${TENANT}/failure-modes/feed_held`,
    ready: text('It is of files, so no event carries it.'),
  },
  {
    name: 'failure-mode-of-codes',
    address: `/t/${WORKS}/failure-modes/unknown_sku`,
    ready: (page) => page.getByRole('row', { name: /4711-X/ }).waitFor(),
  },
  {
    name: 'storefronts',
    address: `/t/${OUTLET}/storefronts`,
    ready: (page) => page.getByRole('region', { name: 'a-cache' }).waitFor(),
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
  { name: 'feeds', address: `/t/${WORKS}/feeds`, ready: (page) => page.getByRole('table').waitFor() },
  {
    name: 'feed',
    address: `/t/${WORKS}/feeds/night`,
    ready: async (page) => {
      await page.getByText('The document').click();
      await page.getByRole('table').waitFor();
    },
  },
  { name: 'feed-run', address: RUN, ready: text('bad_quantity') },
  {
    name: 'feed-run-held',
    address: HELD_RUN,
    ready: async (page) => {
      await page.getByRole('button', { name: 'Refuse …' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'new-feed',
    address: `/t/${WORKS}/new-feed`,
    ready: async (page) => {
      await drop(page, 'stock.csv', Buffer.from(FILE));
      await page.getByText('The guards would hold it').waitFor();
      await page.getByLabel('Rows refused').fill('60');
      await page.getByText('It is no feed yet').waitFor();
    },
  },
  {
    name: 'edit-feed',
    address: `/t/${WORKS}/feeds/night/edit`,
    ready: async (page) => {
      await page.getByLabel('Files come from').selectOption('SFTP server');
      await page.getByLabel('Private key').waitFor();
      await drop(page, 'stock.csv', Buffer.from(FILE));
      await page.getByText('in the file').waitFor();
    },
  },
  {
    name: 'aliases',
    address: `/t/${WORKS}/aliases`,
    ready: (page) => page.getByRole('row', { name: /4711-Y/ }).waitFor(),
  },
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
  await openTenant(product.database, WORKS, ['initech']);
  await feedOf(product, WORKS, FEED);
  const file = { tenant: WORKS, feed: 'night' };
  const run = await ranFile(product, { ...file, content: FILE });
  const held = await ranFile(product, { ...file, content: FILE.replace(',5,', ',few,') });
  await changeTenant(product.database, { tenant: WORKS, unknownSkus: 'hold', actor: 'ann' });
  await record(product.database, WORKS, 'initech', [
    { eventId: 'w-1', sku: '4711-X', quantity: 3, updatedAt: mustParseTime('2026-06-01T11:00:00Z') },
  ]);
  const alias = { line: 1, code: '4711-Y', sku: 'A-1', factor: '12' };
  await takeAliases(product.database, { tenant: WORKS, supplier: 'initech' }, [alias], {
    ...{ by: { actor: 'ann' }, dryRun: false },
  });
  const id = await startReplay(product.database, { tenant: TENANT });
  await follow(product.database, id);
  await send(product, 'acme', 'e-99', 'chair 99!', 4, '2026-06-01T11:00:00Z');
  await shopAt(product.sql, product.storefrontUrl, OUTLET);
  await shopAt(product.sql, 'http://127.0.0.1:9', OUTLET, { name: `a-cache-${'x'.repeat(32)}`, place: 2 });
  const addresses: Record<string, string> = {
    [REPLAY]: `/t/${TENANT}/replays/${id}`,
    [RUN]: `/t/${WORKS}/feeds/night/runs/${run}`,
    [HELD_RUN]: `/t/${WORKS}/feeds/night/runs/${held}`,
  };
  return PAGES.map((page) => ({ ...page, address: addresses[page.address] ?? page.address }));
}
