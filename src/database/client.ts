import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient, type Prisma } from '../generated/prisma/client.ts';

export type Database = PrismaClient;

/** A database, or a transaction on it. */
export type Transaction = Prisma.TransactionClient;

export interface DatabaseOptions {
  /** Connections in the pool. */
  connections?: number;
  /** A statement that runs longer is cancelled, in ms. */
  statementTimeoutMs?: number;
}

/**
 * Opens a pool on the catalog's database; connects at the first query.
 *
 * Every session runs in UTC: the driver writes and reads times as if it did. Waiting for a connection ends after
 * five seconds with an error instead of never.
 */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const adapter = new PrismaPg({
    connectionString: url,
    max: options.connections ?? 10,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    options: `-c timezone=UTC -c statement_timeout=${options.statementTimeoutMs ?? 15_000} -c lock_timeout=10000`,
  });
  return new PrismaClient({ adapter });
}
