import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import { ringOf } from '../../src/access/secrets/key-ring.ts';
import type { Role } from '../../src/domain/roles.ts';
import { addToken } from '../../src/access/issue-tokens.ts';
import { createServer } from '../../src/http/create-server.ts';
import { launchChromium } from '../support/chromium.ts';
import { testProduct, type Product } from '../support/product.ts';
import { log } from '../support/temporal.ts';

export const WIDE = { width: 1280, height: 900 };
export const NARROW = { width: 360, height: 740 };

export interface Look {
  theme?: 'light' | 'dark';
  size?: { width: number; height: number };
}

export interface Visitor extends Look {
  role?: Role;
  name?: string;
  tenant?: string;
  /** With the role supplier. */
  supplier?: string;
}

export interface ConsoleUnderTest {
  product: Product;
  url: string;
  browser: Browser;
  /** A page of its own in front of the form; it has to end without a fault, see `faults`. */
  visit(look?: Look): Promise<Page>;
  /** The same, signed in by a token. */
  signedIn(visitor?: Visitor): Promise<Page>;
  /** The same, at an address of the console. */
  enter(address: string, visitor?: Visitor): Promise<Page>;
  /** Closes every page that is open. @returns what they did that no page may do */
  left(): Promise<string[]>;
  token(visitor?: Visitor): Promise<string>;
  close(): Promise<void>;
}

const faultsOf = new WeakMap<Page, string[]>();

/** What no page may do: throw, break its Content-Security-Policy, open a dialog, or ask another host. */
export function faults(page: Page): string[] {
  return faultsOf.get(page) ?? [];
}

/** The console as it is built, on a server, a database, a Temporal namespace and a storefront of its own. */
export async function openConsole(): Promise<ConsoleUnderTest> {
  const product = await testProduct();
  const app = createServer({
    databases: product.pools(),
    secretsKeys: ringOf(randomBytes(32)),
    log,
    temporal: product.client,
    defaultStorefrontUrl: product.storefrontUrl,
    temporalUiUrl: 'http://temporal.test',
    traceUiUrl: 'http://spans.test/trace/{traceId}',
    namespace: 'default',
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const browser = await launchChromium();
  const pages: Page[] = [];

  const token: ConsoleUnderTest['token'] = async (visitor = {}) => {
    const { role = 'admin', name = 'ada', tenant, supplier } = visitor;
    return (await addToken(product.database, { role, name, tenant, supplier, actor: 'test' })).token;
  };

  const open = async ({ theme = 'light', size = WIDE }: Look): Promise<BrowserContext> =>
    browser.newContext({
      baseURL: url,
      viewport: size,
      colorScheme: theme,
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
    });

  const newPage = async (context: BrowserContext): Promise<Page> => {
    const page = watched(await context.newPage(), url);
    pages.push(page);
    return page;
  };

  const signedIn: ConsoleUnderTest['signedIn'] = async (visitor = {}) => {
    const context = await open(visitor);
    const answer = await context.request.post('/session', {
      data: { token: await token(visitor) },
      headers: { origin: url },
    });
    expect(answer.status()).toBe(201);
    return newPage(context);
  };

  return {
    product,
    url,
    browser,
    token,
    visit: async (look = {}) => newPage(await open(look)),
    signedIn,
    enter: async (address, visitor) => {
      const page = await signedIn(visitor);
      await page.goto(address);
      return page;
    },
    left: async () => {
      const closing = pages.splice(0);
      await Promise.all(closing.map((page) => page.context().close()));
      return closing.flatMap(faults);
    },
    close: async () => {
      await browser.close();
      await app.close();
      await product.close();
    },
  };
}

function watched(page: Page, url: string): Page {
  const found: string[] = [];
  faultsOf.set(page, found);
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => found.push(`threw: ${error.message}`));
  page.on('dialog', (dialog) => {
    found.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    // The browser itself reports each request that did not succeed in this way.
    const isAnswer = message.text().startsWith('Failed to load resource:');
    if (message.type() === 'error' && !isAnswer) found.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const asked = new URL(request.url());
    if (asked.origin !== url && asked.protocol !== 'data:') found.push(`asked ${request.url()}`);
  });
  return page;
}

/** Waits until the page has read what it shows. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.locator('main:not(:has(.placeholder))').waitFor();
}

/** Answers the gate in place of a server. */
export async function answerGate(page: Page, status: () => unknown): Promise<void> {
  await page.route('**/v1/tenants/*/gate', (route) => route.fulfill({ json: status() }));
}
