import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { alteredParts } from '../../src/database/altered-parts.ts';
import { openDatabase } from '../../src/database/client.ts';
import { RolesMissing } from '../../src/database/make-roles.ts';
import { migrate } from '../../src/database/migrate.ts';
import { checkOwnRole } from '../../src/database/own-role.ts';
import { closeServerDatabases, openServerDatabases } from '../../src/database/server-databases.ts';
import { record } from '../support/record.ts';
import { openTenant } from '../support/flags.ts';

const NAME = `plain_owner_${process.pid}`;
let url: string;

beforeAll(async () => {
  await asSuperuser(`CREATE ROLE ${NAME} LOGIN PASSWORD 'x'`);
  await asSuperuser(`CREATE DATABASE ${NAME} OWNER ${NAME}`);
  const address = new URL(inject('postgresUrl'));
  [address.username, address.password, address.pathname] = [NAME, 'x', `/${NAME}`];
  url = address.href;
});
afterAll(async () => {
  await asSuperuser(`DROP DATABASE IF EXISTS ${NAME} WITH (FORCE)`);
  await asSuperuser(`DROP OWNED BY ${NAME}`);
  await asSuperuser(`DROP ROLE ${NAME}`);
});

async function asSuperuser(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

describe('a database whose owner may make no roles', () => {
  it('is told what a superuser has to do', async () => {
    const refused = migrate(url);
    await expect(refused).rejects.toThrow(RolesMissing);
    await expect(refused).rejects.toThrow(`  GRANT catalog_sync_owner TO ${NAME};\n`);
    await expect(refused).rejects.toThrow(`  GRANT SET ON PARAMETER "catalog_sync.prune" TO ${NAME};`);
  });

  it('is set up by its owner once that is done, and its single address works for every process', async () => {
    for (const role of ['owner', 'server', 'worker', 'operator'])
      await asSuperuser(`GRANT catalog_sync_${role} TO ${NAME}`);
    await asSuperuser(`GRANT SET ON PARAMETER "catalog_sync.prune" TO ${NAME}`);
    await migrate(url);
    const owner = openDatabase(url);
    expect(await alteredParts(owner)).toEqual([]);
    for (const role of ['server', 'worker', 'operator'] as const)
      expect(await checkOwnRole(url, role)).toMatch(`signs in as ${NAME}, who is of catalog_sync_owner`);
    const operator = openDatabase(url, { role: 'operator' });
    await openTenant(operator, 'shop', ['acme']);
    const servers = openServerDatabases(url);
    await record(servers.intake, 'shop', 'acme', [{ eventId: 'e', sku: 'S', quantity: 1, updatedAt: 1n }]);
    expect(await servers.reads.supplierEvent.count()).toBe(1);
    await expect(servers.intake.$executeRaw`DELETE FROM supplier_event`).rejects.toThrow('permission denied');
    await closeServerDatabases(servers);
    await operator.$disconnect();
    // Again, as before each new version.
    await migrate(url);
    expect(await alteredParts(owner)).toEqual([]);
    await owner.$disconnect();
  }, 120_000);
});
