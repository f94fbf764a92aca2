import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportAudit, linksOfExport, type AuditWindow } from '../../src/audit/export-audit.ts';
import { readHead, verifyAudit } from '../../src/audit/verify-audit.ts';
import { walkChain } from '../../src/audit/walk-chain.ts';
import { projectRoot } from '../../src/config/project-root.ts';
import { writeAudit } from '../../src/database/audit.ts';
import { beginGeneration } from '../../src/ledger/generation.ts';
import { requestSweep } from '../../src/sweep/request-sweep.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';

let test: TestDatabase;

beforeEach(async () => {
  test = await testDatabase({ connections: 20 });
  await openTenant(test.database, 'shop', ['acme']);
});
afterEach(() => test?.drop());

const write = (no: number, tenant: string | null = 'shop') =>
  writeAudit(test.database, {
    ...{
      tenant,
      actor: 'console ada',
      action: 'tenant.set',
      subject: `tenant/${no}`,
      reason: 'why: "ü" \\ \n',
    },
    before: { quantity: no / 8, big: 2 ** 53, name: null },
    after: { quantity: no },
    origin: {
      principal: { kind: 'console', name: 'ada' },
      ...{ tokenId: '0123456789abcdef', requestId: `r-${no}`, address: '127.0.0.1' },
    },
  });
const some = async (count: number): Promise<void> => {
  for (let no = 1; no <= count; no += 1) await write(no);
};
/** As the owner of the tables can. */
const tamper = async (...statements: string[]): Promise<void> => {
  const off = ['audit_entry', 'audit_chain'].map((table) => `ALTER TABLE ${table} DISABLE TRIGGER ALL`);
  await test.sql([...off, ...statements, ...off.map((one) => one.replace('DISABLE', 'ENABLE'))].join('; '));
};
const fault = async (head?: string) => (await verifyAudit(test.database, head)).fault;
const exported = async (window?: AuditWindow): Promise<string[]> => {
  const lines: string[] = [];
  for await (const line of exportAudit(test.database, window)) lines.push(line);
  return lines;
};
async function* of(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

describe('the chain of the audit list', () => {
  it('binds what the code and what the database itself writes, and says by whose right', async () => {
    await some(2);
    const origin = {
      principal: { kind: 'cli', name: 'root' },
      tokenId: null,
      requestId: null,
      address: 'cli',
    } as const;
    await requestSweep(test.database, { tenant: 'shop', repair: false, requestedBy: 'ann', origin });
    await beginGeneration(test.database, { actor: 'ann', reason: 'restored', origin });
    const walked = await verifyAudit(test.database);
    expect(walked).toMatchObject({ entries: 5, first: '1', last: '5', fault: null });
    expect(await readHead(test.database)).toEqual({ no: 5n, hash: walked.head });
    const rows = await test.database.auditEntry.findMany({ orderBy: { id: 'asc' } });
    expect(rows.map((row) => [row.action, row.principalKind, row.principalName, row.address])).toEqual([
      ['tenant.set', 'console', 'ada', '127.0.0.1'],
      ['tenant.set', 'console', 'ada', '127.0.0.1'],
      ['sweep.start', 'cli', 'root', 'cli'],
      ['ledger.restored', 'cli', 'root', 'cli'],
      ['sweep.start', 'cli', 'root', 'cli'],
    ]);
    expect(rows[0]).toMatchObject({ tokenId: '0123456789abcdef', requestId: 'r-1' });
  });

  it('waits for nobody who only reads, whatever locks they hold', async () => {
    await test.as('reader').$transaction(async (transaction) => {
      await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('audit', 0))`;
      await some(1);
    });
    expect(await fault()).toBeNull();
  });

  it('is refused any change, whatever is set', async () => {
    await some(1);
    for (const statement of [
      `UPDATE audit_entry SET actor = 'eve'`,
      'DELETE FROM audit_entry',
      'TRUNCATE audit_entry CASCADE',
      `UPDATE audit_chain SET hash = '\\x00'`,
      'DELETE FROM audit_chain',
      'TRUNCATE audit_chain',
    ]) {
      await expect(test.sql(`SET catalog_sync.prune = 'on'; ${statement}`)).rejects.toThrow(
        /are neither changed nor deleted/,
      );
    }
    expect(await fault()).toBeNull();
  });

  it('names the first entry that was altered, is missing or was added', async () => {
    await some(9);
    const head = String((await readHead(test.database))?.hash);
    expect(await fault(head)).toBeNull();
    await tamper(`UPDATE audit_entry SET actor = 'console eve' WHERE subject IN ('tenant/4', 'tenant/7')`);
    expect(await fault()).toMatchObject({
      no: '4',
      what: expect.stringMatching(/^Entry 4 of 20.*Z \(tenant\.set tenant\/4\)/),
    });
    await tamper(`UPDATE audit_entry SET actor = 'console ada' WHERE subject IN ('tenant/4', 'tenant/7')`);
    await tamper(`UPDATE audit_entry SET before = before - 'name' WHERE subject = 'tenant/6'`);
    expect(await fault()).toMatchObject({ no: '6' });
    await tamper(`UPDATE audit_entry SET before = before || '{"name": null}' WHERE subject = 'tenant/6'`);
    expect(await fault()).toBeNull();
    await tamper(`INSERT INTO audit_entry (actor, action, subject) VALUES ('ada', 'tenant.set', 'tenant/x')`);
    expect(await fault()).toMatchObject({ what: expect.stringMatching(/^Row \d+ of 20.* is in no chain/) });
  });

  it('names what is missing in the middle, at the end, and in one of the two tables', async () => {
    await some(5);
    const head = String((await readHead(test.database))?.hash);
    const without = (...numbers: number[]) => [
      `DELETE FROM audit_chain WHERE no = ANY ('{${numbers.join(',')}}')`,
      `DELETE FROM audit_entry WHERE subject = ANY ('{${numbers.map((no) => `tenant/${no}`).join(',')}}')`,
    ];
    await tamper(...without(5));
    expect(await fault()).toBeNull();
    expect(await fault(head)).toMatchObject({
      no: '4',
      what: expect.stringContaining('its end was cut off, or all of it was written anew'),
    });
    await tamper(...without(2, 3));
    expect((await fault())?.what).toMatch(/^Entries 2 to 3 are missing: 1 is of 20.*Z, 4 is of 20/);
    await tamper(`DELETE FROM audit_entry WHERE subject = 'tenant/1'`);
    expect((await fault())?.what).toBe('Entry 1 is in the chain, and not in the audit list.');
  });

  it('says that what keeps it was changed', async () => {
    await some(1);
    await test.sql('ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_kept');
    expect((await fault())?.what).toContain('trigger audit_entry_kept on audit_entry differs');
  });

  it('has no gap after a rollback, and is whole after many transactions at once, none of which is a victim', async () => {
    await openTenant(test.database, 'other', []);
    const fails = test.database.$transaction(async (transaction) => {
      await writeAudit(transaction, { tenant: null, actor: 'ada', action: 'a', subject: 's' });
      throw new Error('no');
    });
    await expect(fails).rejects.toThrow('no');
    const sweeps = (no: number) =>
      requestSweep(test.database, {
        tenant: no % 2 ? 'shop' : 'other',
        repair: no % 3 === 0,
        requestedBy: 'ann',
      });
    await Promise.all(
      Array.from({ length: 60 }, (_, no) => {
        if (no % 10 === 0) return beginGeneration(test.database, { actor: 'ann', reason: 'restored' });
        if (no % 3 === 0) return sweeps(no);
        return test.database.$transaction(
          async (transaction) => {
            // Each takes locks after it has written, in another order.
            const names = no % 2 ? ['shop', 'other'] : ['other', 'shop'];
            await writeAudit(transaction, { tenant: null, actor: 'ada', action: 'a', subject: String(no) });
            await transaction.$executeRaw`SELECT pg_advisory_xact_lock(item_lock(${`${no % 4}`}))`;
            await writeAudit(transaction, {
              tenant: names[0] ?? null,
              actor: 'ada',
              action: 'b',
              subject: String(no),
            });
          },
          { timeout: 20_000, maxWait: 20_000 },
        );
      }),
    );
    const { entries, fault: found } = await verifyAudit(test.database);
    expect(found).toBeNull();
    expect(entries).toBe(await test.database.auditEntry.count());
  }, 60_000);

  it('holds no other transaction up before its commit', async () => {
    await test.database.$transaction(async (transaction) => {
      await writeAudit(transaction, { tenant: null, actor: 'slow', action: 'a', subject: 's' });
      await write(1);
    });
    expect((await exported()).map((line) => (JSON.parse(line) as { actor: string }).actor)).toEqual([
      'console ada',
      'slow',
    ]);
  });

  it('binds what was written before there was a chain, in the order of its numbers', async () => {
    await some(4);
    await tamper('DELETE FROM audit_chain');
    const migration = await readFile(
      path.join(projectRoot(), 'prisma/migrations/20261126005000_audit_chain/migration.sql'),
      'utf8',
    );
    await test.sql(/^DO \$\$.*?^END \$\$;/ms.exec(migration)?.[0] ?? '');
    expect(await verifyAudit(test.database)).toMatchObject({ entries: 4, last: '4', fault: null });
    await write(5);
    expect(await verifyAudit(test.database)).toMatchObject({ entries: 5, fault: null });
  });
});

describe('an export of the audit list', () => {
  it('is verified by itself, whole, of a time or of a tenant', async () => {
    await some(2);
    await write(3, null);
    await write(4);
    const lines = await exported();
    const verify = (which: readonly string[], options = {}) => walkChain(linksOfExport(of(which)), options);
    const head = (await readHead(test.database))?.hash;
    expect(await verify(lines, { head })).toMatchObject({
      entries: 4,
      first: '1',
      last: '4',
      head,
      fault: null,
    });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      ...{ no: 1, tenant: 'shop', actor: 'console ada', principalKind: 'console', principal: 'ada' },
      ...{ action: 'tenant.set', reason: 'why: "ü" \\ \n', before: { quantity: 0.125, name: null } },
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    });
    expect(await verify(await exported({ tenant: 'shop' }), { gaps: true })).toMatchObject({
      entries: 3,
      fault: null,
    });
    expect((await verify(await exported({ tenant: 'shop' }))).fault?.what).toMatch(/^Entry 3 is missing/);
    const { atUs } = await test.database.auditEntry.findFirstOrThrow({ where: { subject: 'tenant/2' } });
    expect(await verify(await exported({ since: atUs }))).toMatchObject({
      entries: 3,
      first: '2',
      fault: null,
    });
    expect(await verify(await exported({ until: atUs }))).toMatchObject({
      entries: 1,
      last: '1',
      fault: null,
    });
    expect((await verify(lines.toReversed())).fault).not.toBeNull();
    expect((await verify([...lines.slice(0, 2), 'nonsense'])).fault?.what).toBe(
      'Line 3 is not as it was exported.',
    );
  });

  it('is found out by any character that is another', async () => {
    await some(3);
    const text = (await exported()).join('\n');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(text.length - 1),
        fc.constantFrom('0', 'a', 'Z', '"', ' ', ',', '}', 'x'),
        async (at, character) => {
          fc.pre(text[at] !== character && text[at] !== '\n');
          const changed = `${text.slice(0, at)}${character}${text.slice(at + 1)}`;
          const { fault: found } = await walkChain(linksOfExport(of(changed.split('\n'))));
          expect([changed, found]).not.toEqual([changed, null]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
