import { PrismaPg } from '@prisma/adapter-pg';
import pg, { type PoolConfig } from 'pg';
import { PrismaClient, type Prisma } from '../generated/prisma/client.ts';
import { keepPool } from './prepared-query.ts';
import { roleName, type DatabaseRole } from './roles.ts';
import { watchedClients } from './watched-clients.ts';

export type Database = PrismaClient;

/** A database, or a transaction on it. */
export type Transaction = Prisma.TransactionClient;

export interface DatabaseOptions {
  /** As whom every session works; as whoever signs in, unless given. */
  role?: DatabaseRole;
  /** Refuses every statement that writes. */
  readOnly?: boolean;
  /** Connections in the pool. */
  connections?: number;
  /** A statement that runs longer is cancelled, in ms. */
  statementTimeoutMs?: number;
  /** Told when a connection has not answered in time, and is thrown away. */
  onHang?: () => void;
}

/** So long after a statement's own limit its answer has to be here; then the connection itself is dead, in ms. */
const ANSWER_WITHIN_MS = 1_000;

/**
 * Opens a pool on the catalog's database; connects at the first query.
 *
 * Every session runs in UTC: the driver writes and reads times as if it did. Every wait ends: for a connection after
 * five seconds, for an answer a second after the statement's own limit.
 */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const { role, readOnly = false, connections = 10, statementTimeoutMs = 15_000, onHang } = options;
  const { address, given } = withoutOptions(url);
  const config: PoolConfig = {
    connectionString: address,
    max: connections,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    Client: watchedClients(statementTimeoutMs + ANSWER_WITHIN_MS, onHang),
    options:
      // Before version 18, a plan that has no index to go by counts as so dear that it would be compiled, each time.
      `${given} -c timezone=UTC -c jit=off -c statement_timeout=${statementTimeoutMs} -c lock_timeout=10000` +
      (role === undefined ? '' : ` -c role=${roleName(role)}`) +
      (readOnly ? ' -c default_transaction_read_only=on' : ''),
  };
  const pool = new pg.Pool(config);
  // One that lies idle and is hung up: the next statement finds another one.
  pool.on('error', () => {});
  const database = new PrismaClient({ adapter: new PrismaPg(pool) });
  const disconnect = database.$disconnect.bind(database);
  let ended: Promise<void> | undefined;
  database.$disconnect = async () => {
    try {
      await disconnect();
    } finally {
      ended ??= pool.end();
      await ended;
    }
  };
  keepPool(database, pool);
  return database;
}

/** What an address itself says of `options` would take the place of ours: it goes before them. */
function withoutOptions(url: string): { address: string; given: string } {
  if (!url.includes('options=')) return { address: url, given: '' };
  const address = new URL(url);
  const given = address.searchParams.get('options') ?? '';
  address.searchParams.delete('options');
  return { address: address.href, given };
}
