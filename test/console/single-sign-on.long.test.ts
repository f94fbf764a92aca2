import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ringOf } from '../../src/access/secrets/key-ring.ts';
import { addToken } from '../../src/access/issue-tokens.ts';
import { createServer } from '../../src/http/create-server.ts';
import { hasChromium, inChromium, launchChromium } from '../support/chromium.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { openIssuer, type TestIssuer } from '../support/issuer.ts';
import { log } from '../support/temporal.ts';
import { openTlsProxy, type TlsProxy } from '../support/tls-proxy.ts';

const GROUPS = 'catalog-admins=admin,shop-support=support:shop,viewers=viewer,gone=operator:gone';

let db: TestDatabase;
let proxy: TlsProxy;
let issuer: TestIssuer;
let app: FastifyInstance;
let browser: Browser;
const contexts: BrowserContext[] = [];

describe.skipIf(!hasChromium)(`single sign-on ${inChromium}`, () => {
  beforeAll(async () => {
    db = await testDatabase();
    await openTenant(db.database, 'shop', ['acme']);
    await openTenant(db.database, 'other', ['acme']);
    proxy = await openTlsProxy();
    issuer = await openIssuer(proxy.url);
    Object.assign(issuer.groups, {
      ada: ['viewers', 'catalog-admins', 'everybody'],
      sam: ['shop-support'],
      vera: ['viewers'],
      eve: ['everybody'],
      olga: ['gone'],
    });
    app = createServer({
      databases: db.pools(),
      secretsKeys: ringOf(randomBytes(32)),
      log,
      publicUrl: proxy.url,
      singleSignOn: issuer.settings(proxy.url, GROUPS),
    });
    await app.listen({ host: '127.0.0.1', port: 0 });
    proxy.leadTo((app.server.address() as AddressInfo).port);
    browser = await launchChromium();
  });
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
    await issuer?.close();
    await proxy?.close();
    await db?.drop();
  });

  /** A browser of its own: nobody is signed in, neither here nor at the issuer. */
  async function visit(): Promise<Page> {
    const context = await browser.newContext({ baseURL: proxy.url, ignoreHTTPSErrors: true });
    contexts.push(context);
    // The issuer's pages ask for a font of somebody else's.
    await context.route(
      (url) => !['localhost', '127.0.0.1'].includes(url.hostname),
      (route) => route.abort(),
    );
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    return page;
  }

  /** Goes to the issuer and says there who one is. */
  async function goThrough(page: Page, name: string): Promise<void> {
    await page.getByRole('link', { name: 'Sign in with single sign-on' }).click();
    await page.locator('input[name=login]').fill(name);
    await page.locator('input[name=password]').fill('any');
    await page.locator('button[type=submit]').click();
    // What may be told of one.
    await page.getByRole('button', { name: 'Continue' }).click();
  }

  async function signedIn(name: string): Promise<Page> {
    const page = await visit();
    await page.goto('/');
    await goThrough(page, name);
    await page.getByText(`${name}@example.test`).waitFor();
    return page;
  }

  const cookiesOf = (page: Page) => page.context().cookies(proxy.url);

  it('leads back to the page that was asked for, under the address at the issuer, with the greatest role', async () => {
    const page = await visit();
    await page.goto('/t/other/audit');
    await goThrough(page, 'ada');
    await page.getByRole('heading', { name: 'Audit list of other' }).waitFor();
    expect(page.url()).toBe(`${proxy.url}/t/other/audit`);
    await page.getByText('ada@example.test admin').waitFor();
    await page.getByText('sso').first().waitFor();
  });

  it('gives a cookie for this host and TLS alone, which no script reads and no other site sends', async () => {
    const page = await signedIn('vera');
    expect(await cookiesOf(page)).toEqual([
      expect.objectContaining({
        name: '__Host-catalog_sync_session',
        domain: 'localhost',
        path: '/',
        secure: true,
        httpOnly: true,
        sameSite: 'Strict',
      }),
    ]);
    expect(await page.evaluate('document.cookie')).toBe('');
    const answer = await page.request.get('/healthz');
    expect(answer.headers()['strict-transport-security']).toBe('max-age=31536000');
  });

  it('shows one tenant to whose groups are for one tenant', async () => {
    const page = await signedIn('sam');
    await page.getByRole('heading', { name: 'Look up in shop' }).waitFor();
    await page.getByText('sam@example.test support').waitFor();
    expect((await page.request.get('/v1/tenants/shop/audit')).status()).toBe(200);
    expect((await page.request.get('/v1/tenants/other/audit')).status()).toBe(404);
    await expect(page.getByRole('link', { name: 'Sessions' }).count()).resolves.toBe(0);
  });

  it.each([
    ['eve', 'in none of the groups'],
    ['olga', 'for a tenant that is not there'],
  ])('refuses %s, says why, and leaves the other ways open', async (name, why) => {
    const page = await visit();
    await page.goto('/t/shop/gate');
    await goThrough(page, name);
    await page.getByRole('alert').getByText(why).waitFor();
    expect((await cookiesOf(page)).map((cookie) => cookie.name)).toEqual([]);
    expect((await page.request.get('/session')).status()).toBe(401);
    await page.getByLabel('API token').waitFor();
  });

  it('is refused to whoever gives up at the issuer', async () => {
    const page = await visit();
    await page.goto('/');
    await page.getByRole('link', { name: 'Sign in with single sign-on' }).click();
    await page.locator('input[name=login]').waitFor();
    await page.getByRole('link', { name: /cancel/i }).click();
    await page.getByRole('alert').getByText('did not let you in').waitFor();
    expect(await cookiesOf(page)).toEqual([]);
  });

  it('is refused to a browser that did not begin it, even with the very address', async () => {
    const page = await visit();
    let stolen = '';
    page.on('request', (request) => {
      if (request.url().includes('/sign-in/oidc/callback?')) stolen = request.url();
    });
    await page.goto('/');
    await goThrough(page, 'ada');
    await page.getByText('ada@example.test').waitFor();
    expect(stolen).toContain('code=');
    const other = await visit();
    await other.goto(stolen);
    await other.getByRole('alert').getByText('in another browser').waitFor();
    expect((await other.request.get('/session')).status()).toBe(401);
  });

  it('ends by signing out', async () => {
    const page = await signedIn('ada');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in with single sign-on' }).waitFor();
    expect(await cookiesOf(page)).toEqual([]);
  });

  it('ends in one browser when an admin ends it in another', async () => {
    const page = await signedIn('vera');
    await page.goto('/t/shop/audit');
    await page.getByRole('heading', { name: 'Audit list of shop' }).waitFor();
    const admin = await signedIn('ada');
    await admin.getByRole('link', { name: 'Sessions' }).click();
    await admin.getByRole('heading', { name: 'Sessions' }).waitFor();
    const row = admin.getByRole('row').filter({ hasText: 'vera@example.test' }).first();
    await row.getByText('single sign-on').waitFor();
    await row.getByRole('button', { name: /^End/ }).click();
    await expect
      .poll(() => db.sql(`SELECT 1 FROM audit_entry WHERE action = 'session.revoke'`))
      .toHaveLength(1);
    // By itself: the page asks again from time to time.
    await page.getByText('The session has ended').waitFor({ timeout: 40_000 });
    await admin.getByRole('row').filter({ hasText: 'this one' }).getByText('ada@example.test').waitFor();
  });

  it.each([
    ['after its time, whatever is done in it', 'expires_at_us = now_us() - 1'],
    ['when nothing is asked for long', 'idle_until_us = now_us() - 1'],
  ])('ends %s', async (_when, change) => {
    const page = await signedIn('vera');
    await db.sql(`UPDATE console_session SET ${change} WHERE name LIKE 'vera@%'`);
    await page.goto('/t/shop/gate');
    await page.getByRole('link', { name: 'Sign in with single sign-on' }).waitFor();
    expect((await page.request.get('/session')).status()).toBe(401);
  });

  it('stays beside signing in by a token', async () => {
    const { token } = await addToken(db.database, { role: 'viewer', name: 'tom', actor: 'test' });
    const page = await visit();
    await page.goto('/t/shop/audit');
    await page.getByLabel('API token').fill(token);
    await page.keyboard.press('Enter');
    await page.getByText('tom viewer').waitFor();
    expect((await cookiesOf(page)).map(({ name }) => name)).toEqual(['__Host-catalog_sync_session']);
  });
});
