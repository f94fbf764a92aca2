import type { Database } from '../database/client.ts';
import type { Link } from './walk-chain.ts';

const AT_ONCE = 1_000;

/** The whole chain, as the database has it. */
export async function* readLinks(database: Pick<Database, '$queryRaw'>): AsyncGenerator<Link> {
  for (let after = 0n; ;) {
    const rows = await database.$queryRaw<{ no: bigint; hash: string; content: string | null }[]>`
      SELECT c.no, encode(c.hash, 'hex') AS hash, CASE WHEN e.id IS NOT NULL THEN audit_content(e, c.no) END AS content
        FROM audit_chain c LEFT JOIN audit_entry e ON e.id = c.entry_id
       WHERE c.no > ${after}
       ORDER BY c.no
       LIMIT ${AT_ONCE}::integer`;
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < AT_ONCE) return;
    after = last.no;
  }
}
