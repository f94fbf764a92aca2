import pg from 'pg';
import type { Prisma, PrismaClient } from '../generated/prisma/client.ts';

type Database = Pick<PrismaClient, '$queryRaw'>;

/** What has no pool here is a transaction, or sees a single tenant. */
const pools = new WeakMap<object, { pool: pg.Pool; names: Map<string, string> }>();

/** From now on prepared statements of a database go to the pool that its other ones have. */
export function keepPool(database: Database, pool: pg.Pool): void {
  pools.set(database, { pool, names: new Map() });
}

/** A prepared statement failed; what PostgreSQL or the driver said is its cause. */
class PreparedQueryError extends Error {
  override name = 'PreparedQueryError';
  /** PostgreSQL's, if it was PostgreSQL who said no. */
  readonly originalCode: string | undefined;
  readonly originalMessage: string | undefined;

  constructor(cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super(message, { cause });
    if (cause instanceof pg.DatabaseError) {
      this.originalCode = cause.code;
      this.originalMessage = message;
    }
  }
}

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.INT8 ? BigInt : (pg.types.getTypeParser(oid, format) as typeof BigInt),
};

/**
 * Asks what every event has to ask: past Prisma's client, which costs a tenth of a worker's CPU, on the same connections.
 * Each connection parses such a statement once. It says its columns one by one: PostgreSQL refuses one whose columns have
 * changed under it, as `*` does when a function gets a column.
 *
 * @returns rows as of `$queryRaw`: 8-byte integers are bigint, JSON is parsed, bytes are a Uint8Array
 * @throws what the functions of this folder know as an error of a query
 */
export async function preparedQuery<Row extends object>(database: Database, sql: Prisma.Sql): Promise<Row[]> {
  const kept = pools.get(database);
  if (!kept) return database.$queryRaw<Row[]>(sql);
  const { pool, names } = kept;
  const { text, values } = sql;
  const name = names.get(text) ?? `prepared_${names.size + 1}`;
  names.set(text, name);
  try {
    const { rows } = await pool.query<Row>({ name, text, values, types });
    return rows;
  } catch (error) {
    throw new PreparedQueryError(error);
  }
}
