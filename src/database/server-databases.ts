import { openDatabase, type Database } from './client.ts';
import { forTenant } from './for-tenant.ts';

/** The server's pools: what one is waiting for keeps no other. */
export interface ServerDatabases {
  /** Takes suppliers' events, and tells whether that can be done. */
  intake: Database;
  /** Who asks, their sessions, and what people change. */
  people: Database;
  /** What people read: bounded, with shorter statements, and nothing can be written. */
  reads: Database;
}

/** From a statement of people to its end, in ms: a search that takes longer is cancelled. */
const READS_WITHIN_MS = 5_000;
/** With a second for the answer and the wait for a connection, a request is answered within ten. */
const STATEMENTS_WITHIN_MS = 7_000;

export function openServerDatabases(url: string, onHang?: () => void): ServerDatabases {
  const shared = { ...(onHang && { onHang }), statementTimeoutMs: STATEMENTS_WITHIN_MS };
  return {
    intake: openDatabase(url, { ...shared, role: 'server', connections: 12 }),
    people: openDatabase(url, { ...shared, role: 'server', connections: 6 }),
    reads: openDatabase(url, {
      ...shared,
      role: 'reader',
      readOnly: true,
      connections: 10,
      statementTimeoutMs: READS_WITHIN_MS,
    }),
  };
}

export async function closeServerDatabases({ intake, people, reads }: ServerDatabases): Promise<void> {
  await Promise.all([intake.$disconnect(), people.$disconnect(), reads.$disconnect()]);
}

/** The database as far as somebody may see it. */
export interface OwnDatabase {
  /** For what changes nothing. */
  reads: Database;
  changes: Database;
}

/** @returns what gives somebody of a tenant, of all of them (null), or of one supplier of it, their own database */
export function ownDatabases({
  people,
  reads,
}: ServerDatabases): (tenant: string | null, supplier?: string) => OwnDatabase {
  const bound = new Map<string, OwnDatabase>();
  return (tenant, supplier) => {
    if (tenant === null) {
      if (supplier !== undefined) throw new Error(`supplier ${supplier} is of no tenant`);
      return { reads, changes: people };
    }
    const key = `${tenant}/${supplier ?? ''}`;
    const found = bound.get(key) ?? {
      reads: forTenant(reads, tenant, supplier),
      changes: forTenant(people, tenant, supplier),
    };
    bound.set(key, found);
    return found;
  };
}
