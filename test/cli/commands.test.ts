import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useTicket } from '../../src/access/tickets.ts';
import { traceSchema } from '../../src/http/routes/trace-schema.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { storyTeller } from '../trace/story.ts';
import { cli, type Cli } from './run.ts';

let test: TestDatabase;
let shell: Cli;

beforeAll(async () => {
  test = await testDatabase();
  shell = await cli({
    DATABASE_URL: test.urlOf('operator'),
    SECRETS_KEY: randomBytes(32).toString('base64'),
    // Nobody is there: what asks Temporal for help has to do without.
    TEMPORAL_ADDRESS: '127.0.0.1:9',
  });
});
afterAll(async () => {
  await shell?.close();
  await test?.drop();
});

async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await shell.run(args);
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  return stdout;
}

async function doneJson(...args: string[]) {
  return JSON.parse(await done(...args, '--json'));
}

describe('console', () => {
  it('prints a link to the console, on stdout alone, for one sign-in under the name given', async () => {
    const link = (await done('console', '--actor', 'ada')).trim();
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:8080\/sign-in#ticket=csk_[\w-]{43}$/);
    const { link: another } = await doneJson('console');
    expect(another).not.toBe(link);
    const rows = await test.sql('SELECT name, role, used_at_us FROM console_ticket ORDER BY id LIMIT 1');
    expect(rows).toEqual([{ name: 'ada', role: 'admin', used_at_us: null }]);
    const ticket = link.split('=')[1] ?? '';
    expect(await useTicket(test.database, ticket)).toMatchObject({ owner: { name: 'ada', tenant: null } });
    expect(await useTicket(test.database, ticket)).toBeUndefined();
  });
});

describe('what somebody else has chosen', () => {
  it.each([
    ['trace', 'A\u202eB\u2028C'],
    ['trace', 'A\u202eB\u2028C', '--json'],
    ['tenant', 'add', 'a\u202eb\u2028c'],
  ])('never comes raw to a terminal: %j', async (...args) => {
    const { stdout, stderr } = await shell.run(args);
    expect(stdout + stderr).not.toMatch(/[\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
  });
});

describe('tenants, suppliers and tokens', () => {
  it('are left to a default storefront with a word where none is known', async () => {
    await done('tenant', 'add', 'bare', '--storefront', 'http://127.0.0.1:9');
    const { code, stdout, stderr } = await shell.run(['tenant', 'set', 'bare', '--storefront', 'none']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('storefront: none of its own')]);
    expect(stderr).toContain('`catalog-sync tenant set bare --storefront URL` gives it an address again.');
  });

  it('are made, changed and listed, with each secret shown once and on stdout only', async () => {
    const tenant = await doneJson(
      'tenant',
      'add',
      'canary',
      '--storefront',
      'http://127.0.0.1:9',
      '--actor',
      'ada',
    );
    expect(tenant).toMatchObject({ state: 'closed', storefrontSecret: expect.stringMatching(/^whsec_/) });
    expect(await done('tenant', 'set', 'canary', '--state', 'canary', '--reason', 'release 12')).toContain(
      'is canary',
    );

    const added = await shell.run(['supplier', 'add', 'acme', '--tenant', 'canary']);
    expect(added.stdout).toMatch(/is closed\nsigning secret: whsec_\S+\n$/);
    expect(added.stderr).not.toContain('whsec_');
    await done('supplier', 'set', 'acme', '--tenant', 'canary', '--state', 'open', '--reason', 'pilot');
    expect(await doneJson('supplier', 'list', '--tenant', 'canary')).toMatchObject([
      { supplier: 'acme', state: 'open', lastHeard: null },
    ]);
    expect(await done('supplier', 'rotate-secret', 'acme', '--tenant', 'canary')).toMatch(
      /^signing secret: whsec_/,
    );

    const secretFile = path.join(shell.folder, 'secret.txt');
    const schemeFile = path.join(shell.folder, 'scheme.yaml');
    await writeFile(secretFile, 'the secret that they gave us\n');
    const toCanary = ['--tenant', 'canary'];
    const shopify = ['--scheme', 'shopify', '--secret-file', secretFile];
    const shop = await done('supplier', 'add', 'shop', ...toCanary, ...shopify);
    expect(shop).toMatch(
      /\nscheme: HMAC-SHA256 of \{body\} in x-shopify-hmac-sha256, as base64\nprotection from replay: none/,
    );
    expect(shop).not.toMatch(/secret/);
    await writeFile(schemeFile, 'scheme: hmac\nheader: X-Sig\nalgorithm: md5\nencoding: hex\n');
    const refused = await shell.run(['supplier', 'set', 'shop', ...toCanary, '--scheme', schemeFile]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('  algorithm: must be sha1')]);
    await writeFile(schemeFile, 'scheme: hmac\nheader: X-Sig\nalgorithm: sha512\nencoding: hex\n');
    const set = await doneJson('supplier', 'set', 'shop', ...toCanary, '--scheme', schemeFile);
    expect(set).toMatchObject({
      scheme: { header: 'x-sig' },
      replayProtection: expect.stringMatching(/^none/),
    });
    expect(set).not.toHaveProperty('secret');
    expect(await done('supplier', 'set', 'shop', ...toCanary, '--scheme', 'bearer')).toMatch(
      /\nprotection from replay: none: .*\nsigning secret: [\w-]{43}\n$/,
    );
    const own = ['supplier', 'rotate-secret', 'shop', ...toCanary, '--secret-file', '-'];
    const rotated = await shell.run(own, { input: 'another-token-of-theirs' });
    expect(rotated.stdout).toBe('supplier shop of tenant canary has the secret that was given\n');
    expect(await done('supplier', 'list', ...toCanary)).toMatch(
      /acme +open +standard .*\n.*shop +closed +bearer [^]*\nshop of canary: a token in Authorization: Bearer\n {2}protection/,
    );
    for (const wrong of [
      ['--secret-file', secretFile],
      ['--scheme', 'mtls'],
    ]) {
      expect((await shell.run(['supplier', 'set', 'shop', ...toCanary, ...wrong])).code).toBe(2);
    }

    const token = (await done('token', 'add', '--role', 'viewer')).trim();
    expect(token).toMatch(/^cst_/);
    expect(await done('token', 'list')).not.toContain(token);
    expect(await done('token', 'revoke', token)).toContain('is revoked');

    const list = await done('tenant', 'list');
    expect(list).toMatch(/^TENANT +STATE/);
    expect(list).not.toContain('\u001b');
    const actors = await test.sql<{ actor: string }>('SELECT actor FROM audit_entry ORDER BY id');
    expect(actors[0]?.actor).toBe('ada');
    expect(actors.at(-1)?.actor).not.toBe('');
  });

  it('of tokens, an end is said and told, and a new secret printed once', async () => {
    const never = await shell.run([
      'token',
      'add',
      '--role',
      'admin',
      '--expires',
      'never',
      '--name',
      'robot',
    ]);
    expect([never.code, never.stderr]).toEqual([0, expect.stringContaining('Warning: it never ends.')]);
    const { id, expiresAt } = await doneJson('token', 'add', '--role', 'viewer', '--expires', '30d');
    expect(Math.round((Date.parse(expiresAt) - Date.now()) / 86_400_000)).toBe(30);
    const rotated = await shell.run(['token', 'rotate', id, '--overlap', '24h', '--reason', 'yearly']);
    expect([rotated.code, rotated.stdout]).toEqual([
      0,
      expect.stringMatching(new RegExp(`^cst_${id}_\\S+\n$`)),
    ]);
    expect(rotated.stderr).toMatch(/The secret before goes on until \d{4}-/);
    expect((await shell.run(['token', 'rotate', rotated.stdout.trim(), '--overlap', '0'])).stderr).toContain(
      'The secret before has ended.',
    );
    const list = await done('token', 'list');
    expect(list).toMatch(/^ID +ROLE +TENANT +STATE +ENDS +LAST USE +NAME\n/);
    expect(list).toMatch(/admin +all +valid +never +never +robot/);
    await done('token', 'revoke', id);
  });

  it('of sessions, are listed and ended from here too', async () => {
    await done('session', 'revoke', '--all');
    expect((await shell.run(['session', 'list'])).stderr).toContain('Nobody is signed in.');
    for (const name of ['ada', 'mara', 'ida']) {
      await useTicket(test.database, (await done('console', '--actor', name)).trim().split('=')[1] ?? '');
    }
    const list = await done('session', 'list');
    expect(list).toMatch(/^ID +ROLE +TENANT +LAST SEEN \(UTC\) +ENDS +NAME\n/);
    const [latest] = await doneJson('session', 'list');
    expect(latest).toMatchObject({ name: 'ida', by: 'link' });
    expect(await done('session', 'revoke', latest.id, '--reason', 'laptop lost')).toMatch(/\(ida\) is ended/);
    expect(await doneJson('session', 'revoke', '--all')).toHaveLength(2);
    expect(await doneJson('session', 'list')).toEqual([]);
    const audited = await test.sql(
      `SELECT reason FROM audit_entry WHERE action = 'session.revoke' ORDER BY id`,
    );
    expect(audited.slice(-3)).toEqual([{ reason: 'laptop lost' }, { reason: null }, { reason: null }]);
  });

  it('are not made with an address that is not public, unless it is allowed', async () => {
    const args = ['tenant', 'add', 'inward', '--storefront', 'http://2130706433:9'];
    const refused = await shell.run(args, { env: { OUTGOING_ALLOW: '' } });
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(
      /address is refused: 127\.0\.0\.1 is not a public address: .*OUTGOING_ALLOW/,
    );
    expect((await shell.run(args, { env: { OUTGOING_ALLOW: '127.0.0.1' } })).code).toBe(0);
  });

  it('that exist already or not at all are errors', async () => {
    for (const args of [
      ['tenant', 'add', 'canary'],
      ['supplier', 'add', 'acme', '--tenant', 'canary'],
      ['supplier', 'add', 'acme', '--tenant', 'nobody'],
      ['tenant', 'set', 'nobody', '--state', 'closed'],
      ['token', 'revoke', 'nobody'],
      ['token', 'rotate', 'nobody'],
      ['session', 'revoke', '4711'],
    ]) {
      const result = await shell.run(args);
      expect([args, result.code, result.stdout]).toEqual([args, 1, '']);
      expect(result.stderr).toMatch(/^error: /);
    }
  });
});

describe('ingest', () => {
  it('reads a file, tells of bad lines on stderr, and ends with 1 because of them', async () => {
    const file = path.join(shell.folder, 'stock.csv');
    await writeFile(
      file,
      'id,sku,quantity,updatedAt\n1,A,1,2026-06-01T10:00:05Z\n2,A,x,2026-06-01T10:00:05Z\n',
    );
    const result = await shell.run(['ingest', file, '--tenant', 'canary', '--supplier', 'acme']);
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/^2 lines: 1 accepted, 0 duplicate, 0 conflict, 1 bad/);
    expect(result.stderr).toMatch(/^line 3: quantity /m);
  });

  it('reads stdin, and prints everything as JSON when it is asked to', async () => {
    const event = { sku: 'A', quantity: 1, updatedAt: '2026-06-01T10:00:06Z' };
    const input = `${JSON.stringify(event)}\n{\n${JSON.stringify(event)}\n`;
    const args = ['--json', 'ingest', '-', '--format', 'ndjson', '--tenant', 'canary', '--supplier', 'acme'];
    const result = await shell.run(args, { input });
    const lines = result.stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { line: 2, status: 'bad' },
      { lines: 3, accepted: 1, duplicate: 1, conflict: 0, bad: 1 },
    ]);
  });

  it('names what is not read, as the list of suppliers does afterwards', async () => {
    const event = { sku: 'A', quantity: 1, updatedAt: '2026-06-01T10:00:06Z', id: 'more', 'col\u001bour': 1 };
    const args = ['ingest', '-', '--format', 'ndjson', '--tenant', 'canary', '--supplier', 'acme'];
    const result = await shell.run(args, { input: `${JSON.stringify(event)}\n` });
    expect(result.stderr).toMatch(/^not read: col\ufffdour$/m);
    expect(await doneJson('supplier', 'list', '--tenant', 'canary')).toMatchObject([
      {
        supplier: 'acme',
        ignored: [{ field: 'col\ufffdour', count: 1 }],
        lastHeard: { at: expect.stringMatching(/^20\d\d-.*Z$/), by: 'event' },
      },
      { supplier: 'shop', ignored: [] },
    ]);
    const listed = await done('supplier', 'list');
    expect(listed).toMatch(/^TENANT +SUPPLIER +STATE .*LAST HEARD FROM +SKU PATTERN$/m);
    expect(listed).toMatch(/^canary +acme +.* 20\d\d-\S+Z \(event\) /m);
    expect(listed).toMatch(/^TENANT +SUPPLIER +FIELD NOT READ +EVENTS +LAST SEEN$/m);
    expect(listed).toMatch(/^canary +acme +"col\ufffdour" +1 +20\d\d-/m);
  });

  it('into an unknown supplier, or of a file that is not there, fails', async () => {
    const unknown = await shell.run([
      'ingest',
      '-',
      '--format',
      'csv',
      '--tenant',
      'canary',
      '--supplier',
      'zed',
    ]);
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('catalog-sync supplier add zed'),
    });
    const missing = await shell.run(['ingest', 'no.csv', '--tenant', 'canary', '--supplier', 'acme']);
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('no.csv') });
  });

  it('ends at Ctrl-C and says where it stopped', async () => {
    const child = shell.start(['ingest', '-', '--tenant', 'canary', '--supplier', 'acme']);
    // More than the beginning that is looked at before anything is read.
    const events = Array.from({ length: 60_000 }, (_, index) => `c-${index},A,1,2026-06-01T10:00:05Z\n`);
    child.stdin?.write(`id,sku,quantity,updatedAt\n${events.join('')}`);
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const closed = once(child, 'close');
    await expect
      .poll(() => test.database.supplierEvent.count({ where: { eventId: 'c-499' } }), { timeout: 20_000 })
      .toBe(1);
    child.kill('SIGINT');
    const [code] = await closed;
    expect([code, stderr]).toEqual([130, expect.stringMatching(/^Stopped at line \d+; what stands before/m)]);
  });
});

describe('trace', () => {
  beforeAll(async () => {
    const story = storyTeller(test);
    await story.save({ id: 'e-17' });
    await story.save({ id: 'e-16', quantity: 3, updatedAt: '2026-06-01T10:00:01Z' });
  });

  it('tells the story in 80 columns without colour when stdout is no terminal', async () => {
    const text = await done('trace', 'chair-01');
    expect(text).toMatch(
      /^canary:CHAIR-01: the catalog says 7 \(version 1\), the figure of event e-17 of\nacme, of 2026-06-01T10:00:05\.000000Z/,
    );
    expect(text).toContain('http://127.0.0.1:8233/namespaces/default/workflows/sync%3Acanary%3Aacme%3Ae-16');
    expect(text).not.toContain('\u001b');
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('prints the contract as JSON, with links of the settings', async () => {
    const env = { TEMPORAL_UI_URL: 'https://temporal.example.com/', TEMPORAL_NAMESPACE: 'shop' };
    const { stdout } = await shell.run(['trace', 'e-16', '--tenant', 'canary', '--json'], { env });
    expect(traceSchema.parse(JSON.parse(stdout))).toEqual(JSON.parse(stdout));
    const { item, events } = JSON.parse(stdout);
    expect(item).toMatchObject({ itemId: 'canary:CHAIR-01', quantity: 7, eventId: 'e-17' });
    expect(events[0]).toMatchObject({ eventId: 'e-16', lostTo: { supplier: 'acme', eventId: 'e-17' } });
    expect(events[0].workflowUrl).toBe(
      'https://temporal.example.com/namespaces/shop/workflows/sync%3Acanary%3Aacme%3Ae-16',
    );
  });

  it('of an unknown key fails, with near matches', async () => {
    const result = await shell.run(['trace', 'CHAIR-02']);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('canary:CHAIR-01');
    const other = await shell.run(['trace', 'CHAIR-01', '--tenant', 'nobody']);
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('no tenant nobody') });
    expect(other.stderr).not.toContain('canary');
  });

  it('ends quietly when nobody reads on', async () => {
    const child = shell.start(['trace', 'CHAIR-01']);
    child.stdout?.destroy();
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [code] = await once(child, 'close');
    expect([code, stderr]).toEqual([0, '']);
  });
});

describe('manual fixes', () => {
  const at = ['--tenant', 'canary', '--actor', 'ada', '--reason', 'recounted'];

  it('are made with a reason, and told in the trace', async () => {
    const story = storyTeller(test);
    await story.save({ id: 'l-1', sku: 'LAMP-01', quantity: 4, updatedAt: '2026-06-01T10:00:01Z' });
    await story.save({ id: 'l-2', sku: 'LAMP-01', quantity: 40, updatedAt: '2026-06-01T10:00:02Z' });
    expect(await done('void', 'l-2', ...at)).toMatch(
      /^canary:LAMP-01: the catalog says 4 \(version 3\); the newest event that counts is l-1 of acme\n$/,
    );
    const corrected = await doneJson('correct', '--sku', 'lamp-01', '--quantity', '5', ...at);
    expect(corrected).toMatchObject({
      itemId: 'canary:LAMP-01',
      supplier: 'manual',
      held: false,
      losesTo: null,
    });

    const updatedAt = '2026-06-01T10:00:03.000000Z';
    expect(
      await done('correct', '--sku', 'lamp-01', '--quantity', '6', '--updated-at', updatedAt, ...at),
    ).toMatch(/^canary:LAMP-01: correct-\S+ says 6, updatedAt 2026-06-01T10:00:03\.000000Z\n$/);

    const text = await done('trace', 'lamp-01');
    expect(text).toContain('voided     l-2 of acme, quantity 40');
    expect(text).toContain('correction by ada: recounted');
    expect(text).toContain('void by ada: recounted');
    const { stdout } = await shell.run(['trace', 'lamp-01', '--json']);
    expect(traceSchema.parse(JSON.parse(stdout))).toEqual(JSON.parse(stdout));
  });

  it('are refused in words, with what to do', async () => {
    const twice = await shell.run(['void', 'l-2', ...at]);
    expect(twice).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/is voided already by ada/),
    });
    const last = await shell.run(['void', 'l-1', ...at]);
    expect(last).toMatchObject({ code: 1, stderr: expect.stringContaining('catalog-sync correct') });
    const unknown = await shell.run(['correct', '--sku', 'LAMP-10', '--quantity', '5', ...at]);
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('Near it: canary:LAMP-01') });
    const withoutReason = await shell.run(['void', 'l-2', '--tenant', 'canary']);
    expect(withoutReason).toMatchObject({ code: 2, stderr: expect.stringContaining('--reason') });
    const late = await shell.run(['correct', '--sku', 'LAMP-01', '--quantity', '-1', ...at]);
    expect(late).toMatchObject({ code: 2 });
  });
});
