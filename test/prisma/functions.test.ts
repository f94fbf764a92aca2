import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { alteredParts } from '../../src/database/altered-parts.ts';
import { parseFunctionTexts, readFunctionTexts } from '../../src/database/function-texts.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

const folder = path.join(projectRoot(), 'prisma', 'functions');
const role = `reader_${process.pid}`;
let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
  await test.sql(`CREATE ROLE ${role}`);
});
afterAll(async () => {
  await test?.sql(`DROP OWNED BY ${role}`);
  await test?.sql(`DROP ROLE ${role}`);
  await test?.drop();
});

const altered = () => alteredParts(test.database);
const fileOf = (name: string) => readFile(path.join(folder, `${name}.sql`), 'utf8');

/** Says what is found after some statements, and undoes them by others. */
async function foundAfter(does: string, undoes: string): Promise<string[]> {
  await test.sql(does);
  const found = await altered();
  await test.sql(undoes);
  expect(await altered()).toEqual([]);
  return found;
}

describe('prisma/functions', () => {
  it('is what a migrated database has', async () => {
    expect(await altered()).toEqual([]);
  });

  it('has one function a file, named as the file, with its reason above it', async () => {
    for (const file of await readdir(folder)) {
      const text = await fileOf(file.replace('.sql', ''));
      const { functions, triggers } = parseFunctionTexts([{ name: file, text }]);
      expect(functions.map(({ name }) => `${name}.sql`)).toEqual([file]);
      expect([file, text.startsWith('-- ')]).toEqual([file, true]);
      for (const { definition } of triggers)
        expect(definition).toContain(`execute function ${functions[0]?.name}(`);
    }
  });

  it('takes no other statement', () => {
    const read = (text: string) => () => parseFunctionTexts([{ name: 'x.sql', text }]);
    expect(read('-- why\nDROP TABLE tenant;')).toThrow('x.sql: neither a function nor a trigger: DROP TABLE');
    expect(read('CREATE OR REPLACE FUNCTION f()\n RETURNS integer\nRETURN 1;')).toThrow('x.sql');
  });
});

describe('a changed database', () => {
  it('is named by each function of which one word is another', async () => {
    const { functions } = await readFunctionTexts();
    const changes = await Promise.all(
      functions.map(async ({ name, body }) => {
        const text = await fileOf(name);
        const words = [...body.matchAll(/\b[a-z_]{3,}\b/g)];
        const word = words[Math.floor(words.length / 2)];
        const changed = `${body.slice(0, word?.index)}other${body.slice((word?.index ?? 0) + (word?.[0].length ?? 0))}`;
        expect(changed).not.toBe(body);
        return { does: text.replace(body, () => changed), undoes: text };
      }),
    );
    // PostgreSQL would refuse most of these.
    const does = `SET check_function_bodies = off; ${changes.map((one) => one.does).join(';')}`;
    const found = await foundAfter(does, changes.map(({ undoes }) => undoes).join(';'));
    expect(found).toEqual(functions.map(({ name }) => `${name} differs`));
  });

  it.each([
    ['volatility', (header: string) => (header.includes(' stable') ? 'VOLATILE' : 'STABLE')],
    ['right', (header: string) => `SECURITY ${header.includes('security definer') ? 'INVOKER' : 'DEFINER'}`],
    ['search path', () => 'SET search_path = pg_catalog'],
  ])('is named by each function whose %s is another', async (_, attributeFor) => {
    const { functions } = await readFunctionTexts();
    const does = functions.map(({ name, header }) => `ALTER FUNCTION ${name} ${attributeFor(header)}`);
    const undoes = await Promise.all(
      functions.map(async ({ name }) => `ALTER FUNCTION ${name} RESET ALL; ${await fileOf(name)}`),
    );
    const found = await foundAfter(does.join(';'), undoes.join(';'));
    expect(found).toEqual(functions.map(({ name }) => `${name} differs`));
  });

  it('is named by a function that is missing, additional, or has a namesake', async () => {
    const owned = 'ALTER FUNCTION release_held_events OWNER TO catalog_sync_owner';
    const text = `${await fileOf('release_held_events')}; ${owned}`;
    expect(await foundAfter('DROP FUNCTION release_held_events', text)).toEqual([
      'release_held_events is missing',
    ]);
    const extra = "CREATE FUNCTION extra() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$";
    expect(await foundAfter(extra, 'DROP FUNCTION extra')).toEqual(['extra is not ours']);
    const namesake = 'CREATE FUNCTION true_winner(x integer) RETURNS bigint LANGUAGE sql RETURN 1';
    expect(await foundAfter(namesake, 'DROP FUNCTION true_winner(integer)')).toEqual([
      'another true_winner is not ours',
      'true_winner belongs to catalog',
    ]);
    const aggregate = 'CREATE AGGREGATE most(integer) (SFUNC = int4larger, STYPE = integer)';
    expect(await foundAfter(aggregate, 'DROP AGGREGATE most(integer)')).toEqual(['most is not ours']);
  });

  it('is named by a trigger that is missing, off, another, or additional', async () => {
    for (const { name, table } of (await readFunctionTexts()).triggers) {
      const [{ definition }] = (await test.sql<{ definition: string }>(
        'SELECT pg_get_triggerdef(oid) AS definition FROM pg_trigger WHERE tgname = $1',
        [name],
      )) as [{ definition: string }];
      const drop = `DROP TRIGGER ${name} ON ${table};`;
      const called = `trigger ${name} on ${table}`;
      expect(await foundAfter(drop, definition)).toEqual([`${called} is missing`]);
      const off = `ALTER TABLE ${table} DISABLE TRIGGER ${name}`;
      expect(await foundAfter(off, off.replace('DISABLE', 'ENABLE'))).toEqual([`${called} differs`]);
      const rare = definition.replace(/(?: WHEN .*)? EXECUTE/, " WHEN (current_user = 'x') EXECUTE");
      expect(await foundAfter(drop + rare, drop + definition)).toEqual([`${called} differs`]);
      const extra = definition.replace(name, 'extra');
      expect(await foundAfter(extra, `DROP TRIGGER extra ON ${table}`)).toEqual([
        `trigger extra on ${table} is not ours`,
      ]);
    }
  });

  it('is named by policies and row-level security', async () => {
    const policy = 'CREATE POLICY mine ON catalog_item USING (true)';
    expect(await foundAfter(policy, 'DROP POLICY mine ON catalog_item')).toEqual([
      'policy mine on catalog_item is not ours',
    ]);
    const secure = 'ALTER TABLE tenant DISABLE ROW LEVEL SECURITY';
    expect(await foundAfter(secure, secure.replace('DISABLE', 'ENABLE'))).toEqual([
      'row-level security of tenant is off, and forced',
    ]);
    const force = 'ALTER TABLE tenant NO FORCE ROW LEVEL SECURITY';
    expect(await foundAfter(force, force.replace('NO FORCE', 'FORCE'))).toEqual([
      'row-level security of tenant is on',
    ]);
  });

  it('is named by what is granted or taken away, and to or from whom', async () => {
    for (const [rights, object, finding] of [
      ['SELECT, UPDATE', 'supplier_event', `supplier_event is granted to ${role}: SELECT, UPDATE`],
      ['SELECT (ciphertext)', 'supplier_secret', `supplier_secret.ciphertext is granted to ${role}: SELECT`],
      ['USAGE', 'SEQUENCE decision_no_seq', `decision_no_seq is granted to ${role}: USAGE`],
      ['EXECUTE', 'FUNCTION apply_void', `apply_void is granted to ${role}: EXECUTE`],
    ]) {
      const grant = `GRANT ${rights} ON ${object} TO ${role}`;
      expect(await foundAfter(grant, `REVOKE ${rights} ON ${object} FROM ${role}`)).toEqual([finding]);
    }
    expect(
      await foundAfter('GRANT SELECT ON tenant TO PUBLIC', 'REVOKE SELECT ON tenant FROM PUBLIC'),
    ).toEqual(['tenant is granted to PUBLIC: SELECT']);
    const all = 'REVOKE ALL ON gate_request FROM catalog_sync_owner';
    const back = all.replace('REVOKE', 'GRANT').replace('FROM', 'TO');
    expect(await foundAfter(all, back)).toEqual([
      expect.stringMatching(/^gate_request is no longer granted to catalog_sync_owner: DELETE, INSERT, /),
    ]);
    const revoke = 'REVOKE EXECUTE ON FUNCTION now_us FROM PUBLIC';
    expect(await foundAfter(revoke, 'GRANT EXECUTE ON FUNCTION now_us TO PUBLIC')).toEqual([
      'now_us is no longer granted to PUBLIC: EXECUTE',
    ]);
  });
});
