import type { FoundRights, Right } from './read-rights.ts';
import { FUNCTION_RIGHTS, SEQUENCE_RIGHTS } from './function-rights.ts';
import { SEES_ALL, TABLE_RIGHTS, type TableRights } from './rights.ts';
import { DATABASE_ROLES, roleName, type DatabaseRole } from './roles.ts';

/** In what a database's rights are not ours. */
export interface RightsFinding {
  text: string;
  /** Of our roles, which `setup` puts right; what others gave to others is theirs to take away. */
  ours: boolean;
  /** Of whose row-level security or policies it tells. */
  secured?: string;
}

/** One right of a grant in the words of GRANT: on a table, or on some of its columns. */
export interface GrantedRight {
  right: string;
  columns: readonly string[];
}

/** `SELECT, UPDATE (a, b)` is SELECT on the table, and UPDATE on two columns. */
export function parseGrant(text: string): GrantedRight[] {
  return [...text.matchAll(/([A-Z]+)(?: \(([^)]*)\))?/g)].map(([, right = '', columns]) => ({
    right,
    columns: columns?.split(', ') ?? [],
  }));
}

/** The policies of a table that belongs to tenants, as CREATE POLICY takes them. */
export function policiesOf({
  rows,
  ownRows,
}: TableRights): { name: string; roles: string[]; rows: string }[] {
  if (rows === null) return [];
  return [
    { name: 'all_tenants', roles: SEES_ALL.map(roleName).toSorted(), rows: 'true' },
    { name: 'one_tenant', roles: [roleName('tenant')], rows },
    ...(ownRows === undefined
      ? []
      : [{ name: 'one_supplier', roles: [roleName('supplier')], rows: ownRows }]),
  ];
}

/** Those of our tables, sequences and functions that are not the owner's. */
export function foreignOwned({ owners }: FoundRights, functions: ReadonlySet<string>): FoundRights['owners'] {
  return owners.filter(
    ({ object, owner }) =>
      owner !== roleName('owner') &&
      (object in TABLE_RIGHTS || object in SEQUENCE_RIGHTS || functions.has(object)),
  );
}

/** @param functions the names of ours */
export function compareRights(found: FoundRights, functions: ReadonlySet<string>): RightsFinding[] {
  return [
    ...found.rules.map(({ table, name }) => foreign(`rule ${name} on ${table} is not ours`)),
    ...found.tables.flatMap((table) => securityFindings(table)),
    ...policyFindings(found),
    ...foreignOwned(found, functions).map(({ object, owner }) => ours(`${object} belongs to ${owner}`)),
    ...grantFindings(found),
  ];
}

const ours = (text: string): RightsFinding => ({ text, ours: true });
const foreign = (text: string): RightsFinding => ({ text, ours: false });

function securityFindings({ name, secured, forced }: FoundRights['tables'][number]): RightsFinding[] {
  const wanted = (TABLE_RIGHTS[name]?.rows ?? null) !== null;
  if (secured === wanted && forced === wanted) return [];
  const text = `row-level security of ${name} is ${secured ? 'on' : 'off'}${forced ? ', and forced' : ''}`;
  return [{ text, ours: name in TABLE_RIGHTS, secured: name }];
}

function policyFindings({ policies }: FoundRights): RightsFinding[] {
  const findings: RightsFinding[] = [];
  for (const [table, rights] of Object.entries(TABLE_RIGHTS)) {
    for (const { name, roles, rows } of policiesOf(rights)) {
      const found = policies.find((one) => one.table === table && one.name === name);
      const called = `policy ${name} on ${table}`;
      if (!found) findings.push({ text: `${called} is missing`, ours: true, secured: table });
      else if (
        found.kind !== 'PERMISSIVE ALL' ||
        found.roles.join() !== roles.join() ||
        ![found.using, found.check].every((text) => normalized(text) === normalized(rows))
      )
        findings.push({ text: `${called} differs`, ours: true, secured: table });
    }
  }
  for (const { table, name } of policies) {
    const isOurs = policiesOf(TABLE_RIGHTS[table] ?? { rows: null, grants: {} }).some(
      (one) => one.name === name,
    );
    if (!isOurs) findings.push(foreign(`policy ${name} on ${table} is not ours`));
  }
  return findings;
}

/**
 * PostgreSQL tells an expression in its own words: with casts and more brackets. Whose a column is stays: `e.seq = e.seq`
 * is every row's. Ours have no OR, so that brackets decide nothing.
 */
function normalized(expression: string): string {
  return expression
    .split(/('(?:[^']|'')*')/)
    .map((part, index) => (index % 2 === 1 ? part : withoutForm(part)))
    .join('');
}

function withoutForm(text: string): string {
  return text
    .replaceAll(/::\w+/g, '')
    .replaceAll(/\bpublic\./g, '')
    .replaceAll(/[\s()]/g, '')
    .toLowerCase();
}

type Known = Pick<Right, 'object' | 'grantee' | 'right' | 'given'>;

function grantFindings({ rights, tableSequences }: FoundRights): RightsFinding[] {
  const wanted = wantedRights(tableSequences);
  const found = new Set(rights.map(keyOf));
  const lacking = [...wanted.values()].filter((one) => !found.has(keyOf(one)));
  const beyond = rights.filter((one) => !wanted.has(keyOf(one)) && !isSchemaOfOwner(one));
  return [
    ...grouped(beyond, ({ given }) => (given ? 'is granted to' : 'is no longer granted to')),
    ...grouped(lacking, ({ given }) => (given ? 'is not granted to' : 'is still granted to')),
  ];
}

function wantedRights(sequences: FoundRights['tableSequences']): Map<string, Known> {
  const wanted = new Map<string, Known>();
  const add = (object: string, grantee: string, right: string, given = true): void => {
    const one = { object, grantee, right, given };
    wanted.set(keyOf(one), one);
  };
  for (const [table, { grants }] of Object.entries(TABLE_RIGHTS)) {
    for (const [role, text] of Object.entries(grants)) {
      for (const { right, columns } of parseGrant(text)) {
        const objects = columns.length === 0 ? [table] : columns.map((column) => `${table}.${column}`);
        for (const object of objects) add(object, roleName(role as DatabaseRole), right);
      }
    }
  }
  for (const [sequence, roles] of Object.entries(SEQUENCE_RIGHTS)) {
    for (const role of roles) add(sequence, roleName(role), 'USAGE');
  }
  for (const { sequence, table } of sequences) {
    for (const grantee of inserters(table)) add(sequence, grantee, 'USAGE');
  }
  for (const [name, roles] of Object.entries(FUNCTION_RIGHTS)) {
    add(name, 'PUBLIC', 'EXECUTE', false);
    for (const role of roles) add(name, roleName(role), 'EXECUTE');
  }
  return wanted;
}

/** Where the schema is the database owner's, ours may make things in it by a grant. */
function isSchemaOfOwner({ object, grantee }: Known): boolean {
  return object === 'schema public' && grantee === roleName('owner');
}

/** The roles, by their names, that write rows of a table, and so use its sequence. */
export function inserters(table: string): string[] {
  return Object.entries(TABLE_RIGHTS[table]?.grants ?? {})
    .filter(([, text]) => parseGrant(text).some(({ right }) => right === 'INSERT'))
    .map(([role]) => roleName(role as DatabaseRole));
}

function grouped(rights: readonly Known[], verb: (one: Known) => string): RightsFinding[] {
  const groups = new Map<string, { grantee: string; rights: string[] }>();
  for (const one of rights) {
    const head = `${one.object} ${verb(one)} ${one.grantee}`;
    const group = groups.get(head) ?? { grantee: one.grantee, rights: [] };
    group.rights.push(one.right);
    groups.set(head, group);
  }
  const roles = new Set<string>(DATABASE_ROLES.map(roleName));
  return [...groups]
    .map(([head, { grantee, rights: list }]) => ({
      text: `${head}: ${list.toSorted().join(', ')}`,
      ours: roles.has(grantee) || grantee === 'PUBLIC',
    }))
    .toSorted((a, b) => (a.text < b.text ? -1 : 1));
}

function keyOf({ object, grantee, right, given }: Known): string {
  return `${object}|${grantee}|${right}|${given}`;
}
