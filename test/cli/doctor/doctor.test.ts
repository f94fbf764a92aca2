import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inject, afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addToken, revokeToken } from '../../../src/access/issue-tokens.ts';
import { rotateToken } from '../../../src/access/rotate-token.ts';
import { ringOf } from '../../../src/access/secrets/key-ring.ts';
import { readSettings } from '../../../src/config/settings.ts';
import { openDatabase } from '../../../src/database/client.ts';
import { checkDatabase } from '../../../src/cli/doctor/check-database.ts';
import { checkPublishes } from '../../../src/cli/doctor/check-publishes.ts';
import { checkStorefront } from '../../../src/cli/doctor/check-storefront.ts';
import { checkTokens } from '../../../src/cli/doctor/check-tokens.ts';
import { checkTemporal } from '../../../src/cli/doctor/check-temporal.ts';
import type { Check } from '../../../src/cli/doctor/check.ts';
import { examine } from '../../../src/cli/doctor/examine.ts';
import type { Patient } from '../../../src/cli/doctor/patient.ts';
import { renderCheck } from '../../../src/cli/doctor/render-check.ts';
import { addTenant } from '../../../src/flags/tenants.ts';
import { webhook } from '../../../src/storefront/kinds/webhook.ts';
import { verifyMessage } from '../../../src/standard-webhooks/verify-message.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { openTenant } from '../../support/flags.ts';
import { storyTeller } from '../../trace/story.ts';

const key = ringOf(randomBytes(32));
let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
  await openTenant(test.database, 'canary', ['acme']);
});
afterAll(() => test?.drop());

const statuses = (checks: readonly Check[]) =>
  Object.fromEntries(checks.map(({ name, status }) => [name, status]));

describe('the database check', () => {
  it('is content with a migrated database without old pending events', async () => {
    expect(statuses(await checkDatabase(test.as('operator')))).toEqual({
      PostgreSQL: 'ok',
      migrations: 'ok',
      'database role': 'ok',
      'functions and rights': 'ok',
      'audit list': 'ok',
      'oldest pending event': 'ok',
    });
  });

  it('finds that whoever signs in could do everything', async () => {
    const check = (await checkDatabase(test.database)).find(({ name }) => name === 'database role');
    expect(check).toMatchObject({
      status: 'failed',
      detail: 'catalog owns the catalog or is a superuser',
      todo: expect.stringContaining('Sign in as catalog_sync_operator'),
    });
  });

  it('finds an event that nobody decides', async () => {
    const seq = await storyTeller(test).receive({ id: 'stuck' });
    await test.sql('UPDATE supplier_event SET received_at_us = received_at_us - 100000000 WHERE seq = $1', [
      seq,
    ]);
    const check = (await checkDatabase(test.database)).at(-1);
    expect(check).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('stuck of tenant canary'),
    });
    await test.sql("UPDATE supplier_event SET start_due_us = NULL, held_at_us = 1, item_id = 'canary:STUCK'");
    // With open flags it is about to be released: then that is what it waits for.
    expect(statuses(await checkDatabase(test.database))['oldest pending event']).toBe('failed');
    await test.sql("UPDATE tenant SET state = 'closed'");
  });

  it('finds migrations that are missing, or newer than this version', async () => {
    await test.sql(
      "UPDATE _prisma_migrations SET migration_name = 'from_the_future' WHERE migration_name LIKE '%_functions'",
    );
    const check = (await checkDatabase(test.database)).at(-1);
    expect(check).toMatchObject({
      name: 'migrations',
      status: 'failed',
      detail: expect.stringMatching(/not applied: \d+_functions/),
      todo: expect.stringContaining('setup'),
    });
    const restored =
      "(SELECT replace(min(migration_name), '000100_constraints', '000200_functions') FROM _prisma_migrations WHERE migration_name LIKE '%_constraints')";
    await test.sql(
      `UPDATE _prisma_migrations SET migration_name = ${restored} WHERE migration_name = 'from_the_future'`,
    );
    expect(statuses(await checkDatabase(test.database))).toMatchObject({ migrations: 'ok' });
  });

  it('finds a migration that was altered after it was applied, and says which', async () => {
    const [row] = await test.sql<{ migration_name: string; checksum: string }>(
      "SELECT migration_name, checksum FROM _prisma_migrations WHERE migration_name LIKE '%_constraints'",
    );
    const change = (checksum: string | undefined) =>
      test.sql('UPDATE _prisma_migrations SET checksum = $1 WHERE migration_name = $2', [
        checksum,
        row?.migration_name,
      ]);
    await change('0'.repeat(64));
    expect((await checkDatabase(test.database)).at(-1)).toMatchObject({
      name: 'migrations',
      status: 'failed',
      detail: `altered after it was applied: ${row?.migration_name}`,
      todo: expect.stringContaining('prisma/migrations'),
    });
    await change(row?.checksum);
    expect(statuses(await checkDatabase(test.database))).toMatchObject({ migrations: 'ok' });
  });

  it('knows a database that an earlier version made', async () => {
    const rename = (from: string, to: string) =>
      test.sql('UPDATE _prisma_migrations SET migration_name = replace(migration_name, $1, $2)', [from, to]);
    await rename('20261125', '20261122');
    expect((await checkDatabase(test.database)).at(-1)).toMatchObject({
      name: 'migrations',
      status: 'failed',
      detail: expect.stringContaining('an earlier version'),
    });
    await rename('20261122', '20261125');
  });

  it('names functions, triggers and grants that are not ours', async () => {
    await test.sql('ALTER FUNCTION true_winner VOLATILE; ALTER TABLE tenant DISABLE TRIGGER tenant_opening');
    await test.sql('GRANT SELECT ON supplier_secret TO PUBLIC');
    const check = (await checkDatabase(test.database)).find(({ name }) => name === 'functions and rights');
    expect(check).toMatchObject({
      status: 'failed',
      detail:
        'true_winner differs; trigger tenant_opening on tenant differs; ' +
        'supplier_secret is granted to PUBLIC: SELECT',
      todo: expect.stringContaining('prisma/functions'),
    });
    await test.sql('ALTER FUNCTION true_winner STABLE; ALTER TABLE tenant ENABLE TRIGGER tenant_opening');
    await test.sql('REVOKE SELECT ON supplier_secret FROM PUBLIC');
  });

  it('says that nothing answers', async () => {
    const gone = openDatabase('postgresql://postgres@127.0.0.1:1/nowhere');
    try {
      expect(await checkDatabase(gone)).toMatchObject([{ name: 'PostgreSQL', status: 'failed' }]);
    } finally {
      await gone.$disconnect();
    }
  });
});

describe('the check of waiting publishes', () => {
  const SHOP = 'https://ada:secret@shop.test/api?key=secret';
  let fresh: TestDatabase;
  let story: ReturnType<typeof storyTeller>;

  beforeAll(async () => {
    fresh = await testDatabase();
    await openTenant(fresh.database, 'canary', ['acme']);
    await openTenant(fresh.database, 'other', ['acme']);
    story = storyTeller(fresh);
  });
  afterAll(() => fresh?.drop());

  it('says how many wait for which storefront, for how long, and why', async () => {
    expect(await checkPublishes(fresh.database, SHOP)).toEqual([
      { name: 'waiting publishes', status: 'ok', detail: 'none waits' },
    ]);
    const seq = await story.save({ id: 'e-1' });
    await story.save({ id: 'o-1', tenant: 'other', sku: 'LAMP-01' });
    expect(await checkPublishes(fresh.database, SHOP)).toMatchObject([
      {
        name: 'waiting publishes of canary',
        status: 'ok',
        detail: expect.stringMatching(
          /^1 waits for https:\/\/shop\.test\/api, the oldest \(canary:CHAIR-01\) for \d+ s$/,
        ),
      },
      { name: 'waiting publishes of other', status: 'ok' },
    ]);
    await story.save({ id: 'e-2', sku: 'LAMP-01' });
    await story.publish(seq, 'canary:CHAIR-01', 1, ['failed', 500, 'HTTP 500: out of order']);
    await fresh.sql(
      "UPDATE catalog_item_version SET publication_at_us = publication_at_us - 720000000 WHERE item_id = 'canary:CHAIR-01'",
    );
    await fresh.sql("UPDATE catalog_item_version SET publication = 'withheld' WHERE item_id LIKE 'other:%'");
    expect(await checkPublishes(fresh.database, undefined)).toEqual([
      {
        name: 'waiting publishes of canary',
        status: 'failed',
        detail:
          '2 wait for a storefront without an address, the oldest (canary:CHAIR-01) for 12 min; 1 of them could ' +
          'not be told yet: HTTP 500: out of order',
        todo: expect.stringContaining('`catalog-sync trace canary:CHAIR-01`'),
      },
    ]);
  });

  it('looks for workers when nobody tries', async () => {
    await fresh.sql('DELETE FROM publish_attempt');
    expect(await checkPublishes(fresh.database, SHOP)).toMatchObject([
      { status: 'failed', todo: expect.stringContaining('workers') },
    ]);
  });
});

describe('the Temporal check', () => {
  it('looks at namespace, search attributes and workers', async () => {
    const connectionOptions = { address: inject('temporalAddress') };
    expect(statuses(await checkTemporal({ connectionOptions, namespace: 'test-nobodys' }))).toEqual({
      Temporal: 'ok',
      namespace: 'ok',
      'search attributes': 'ok',
      'workers of catalog-sync': 'failed',
      'workers of catalog-publish': 'failed',
    });
    expect(statuses(await checkTemporal({ connectionOptions, namespace: 'nowhere' }))).toEqual({
      Temporal: 'ok',
      namespace: 'failed',
    });
  });
});

describe('the storefront check', () => {
  let shop: Server;
  let url: string;
  let keeps: boolean;
  const secret = randomBytes(32);
  let told: { itemId: string; version: number }[];

  beforeEach(async () => {
    [keeps, told] = [true, []];
    let highest = 0;
    shop = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        const nowSeconds = Date.now() / 1000;
        const signed = verifyMessage({ headers: request.headers, body, secrets: [secret], nowSeconds });
        const bust = JSON.parse(body.toString());
        told.push(bust);
        const superseded = keeps && bust.version < highest;
        highest = Math.max(highest, bust.version);
        response
          .writeHead(signed.ok ? 200 : 401)
          .end(JSON.stringify({ accepted: signed.ok, ...(superseded && { reason: 'superseded' }) }));
      });
    });
    await new Promise<void>((resolve) => {
      shop.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    shop.closeAllConnections();
    shop.close();
  });

  const check = (nowSeconds: number, with_ = secret, at = url) =>
    checkStorefront('canary', {
      ...{ name: 'shop', tenant: 'canary', kind: webhook, nowSeconds },
      storefront: { url: at, config: {}, secret: with_ },
    });

  it('passes one that keeps the highest version, also the next time, and touches no item', async () => {
    expect(await check(1_800_000_000)).toMatchObject({ status: 'ok' });
    expect(await check(1_800_000_001)).toMatchObject({ status: 'ok' });
    expect(new Set(told.map(({ itemId }) => itemId))).toEqual(new Set(['canary:doctor-probe']));
    expect(told[1]?.version).toBe((told[0]?.version ?? 0) - 1);
  });

  it('passes one that was checked in the same second', async () => {
    for (let checks = 0; checks < 3; checks += 1)
      expect(await check(1_800_000_000)).toMatchObject({ status: 'ok' });
  });

  it('fails one that goes back to a lower version', async () => {
    keeps = false;
    const todo = expect.stringContaining('keep the highest version');
    expect(await check(1_800_000_000)).toMatchObject({ status: 'failed', todo });
  });

  it('fails one that does not know the secret, and one that is away', async () => {
    expect(await check(1_800_000_000, randomBytes(32))).toMatchObject({ status: 'failed' });
    expect(await check(1_800_000_000, secret, 'http://127.0.0.1:1')).toMatchObject({ status: 'failed' });
  });
});

describe('an examination', () => {
  it('goes through every check, whatever the ones before it said', async () => {
    await addTenant(test.database, {
      tenant: 'shop',
      actor: 'ada',
      storefront: { url: 'http://127.0.0.1:1', secretsKeys: key },
    });
    const patient: Patient = {
      settings: readSettings({}),
      startedAt: undefined,
      database: async () => test.as('operator'),
      keyRing: async () => key,
      temporal: async () => ({
        connectionOptions: { address: inject('temporalAddress') },
        namespace: 'nowhere',
      }),
      apiUrl: 'http://127.0.0.1:1',
      defaultStorefrontUrl: undefined,
    };
    const seen: Check[] = [];
    const checks = await examine(patient, { storefront: true, onCheck: (check) => seen.push(check) });
    expect(seen).toEqual(checks);
    expect(statuses(checks)).toEqual({
      'Node.js': 'ok',
      settings: 'ok',
      'secrets keys': 'ok',
      PostgreSQL: 'ok',
      migrations: 'ok',
      'database role': 'ok',
      'functions and rights': 'ok',
      'audit list': 'ok',
      'oldest pending event': 'ok',
      'disk use': 'ok',
      tokens: 'ok',
      notifications: 'ok',
      'waiting publishes': 'ok',
      Temporal: 'ok',
      namespace: 'failed',
      API: 'failed',
      'storefront of canary': 'failed',
      'storefront of shop': 'failed',
    });
    for (const check of checks) expect(check.todo !== undefined).toBe(check.status === 'failed');

    const nothing = await examine(
      {
        ...patient,
        database: () => Promise.reject(new Error('No DATABASE_URL is set')),
        keyRing: () => Promise.reject(new Error('no key')),
      },
      { storefront: true, onCheck: () => undefined },
    );
    expect(statuses(nothing)).toMatchObject({
      'secrets keys': 'failed',
      PostgreSQL: 'failed',
      storefronts: 'skipped',
    });
  });
});

describe('the check of tokens', () => {
  it('names those that never end, and fails when one ends soon', async () => {
    const add = (name: string, expiresSeconds: number | null) =>
      addToken(test.database, { role: 'viewer', name, expiresSeconds, actor: 'test' });
    const day = 86_400;
    await add('quarter', 90 * day);
    expect(await checkTokens(test.database)).toMatchObject({
      status: 'ok',
      detail: expect.stringMatching(/^1 valid, none ends/),
    });
    const robot = await add('robot', null);
    expect(await checkTokens(test.database)).toMatchObject({
      status: 'ok',
      detail: `never end: robot (${robot.id})`,
    });
    const desk = await add('desk', 13 * day);
    expect(await checkTokens(test.database)).toMatchObject({
      status: 'failed',
      detail: `end within 14 days: desk (${desk.id}) on ${desk.expiresAt?.slice(0, 10)}; never end: robot (${robot.id})`,
      todo: expect.stringContaining('token rotate'),
    });
    await rotateToken(test.database, { id: robot.id, actor: 'test' });
    await revokeToken(test.database, { id: desk.id, actor: 'test' });
    const ended = await add('ended', day);
    await test.sql('UPDATE api_token SET expires_at_us = 1 WHERE id = $1', [ended.id]);
    expect((await checkTokens(test.database)).status).toBe('ok');
  });
});

describe('a check on a terminal', () => {
  it('has a sign, fits 80 columns and says what to do', () => {
    const check: Check = {
      name: 'API',
      status: 'failed',
      detail: 'x '.repeat(90),
      todo: 'Start it. '.repeat(20),
    };
    const lines = renderCheck(check, { colour: false }).split('\n');
    expect(lines[0]).toMatch(/^✗ API: x/);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines.join('\n')).toContain('  → Start it.');
  });
});
