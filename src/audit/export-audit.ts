import type { Database } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';
import { NO_HASH, NoLink, type Link } from './walk-chain.ts';

const AT_ONCE = 1_000;

export interface AuditWindow {
  /** Of this tenant only. */
  tenant?: string | undefined;
  /** Inclusive. */
  since?: Micros | undefined;
  /** Exclusive. */
  until?: Micros | undefined;
}

/**
 * The audit list in the order of its chain, a JSON object a line: what was hashed, byte for byte, with the hash before
 * it and its own at the end. So a line is checked by what it says itself, and a file by how its lines follow each other.
 */
export async function* exportAudit(
  database: Pick<Database, '$queryRaw'>,
  { tenant, since, until }: AuditWindow = {},
): AsyncGenerator<string> {
  for (let after = 0n; ;) {
    const rows = await database.$queryRaw<{ no: bigint; line: string }[]>`
      SELECT c.no,
             left(audit_content(e, c.no), -1) || ', "previousHash": "' || coalesce(encode(p.hash, 'hex'), ${NO_HASH})
               || '", "hash": "' || encode(c.hash, 'hex') || '"}' AS line
        FROM audit_chain c
        JOIN audit_entry e ON e.id = c.entry_id
        LEFT JOIN audit_chain p ON p.no = c.no - 1
       WHERE c.no > ${after}
         AND (${tenant ?? null}::text IS NULL OR e.tenant_id = ${tenant ?? null})
         AND (${since ?? null}::bigint IS NULL OR e.at_us >= ${since ?? null})
         AND (${until ?? null}::bigint IS NULL OR e.at_us < ${until ?? null})
       ORDER BY c.no
       LIMIT ${AT_ONCE}::integer`;
    for (const { line } of rows) yield line;
    const last = rows.at(-1);
    if (!last || rows.length < AT_ONCE) return;
    after = last.no;
  }
}

const LINE =
  /^(?<said>\{.+), "previousHash": "(?<previous>[0-9a-f]{64})", "hash": "(?<hash>[0-9a-f]{64})"\}$/s;

/** Reads the lines of an export. @throws NoLink for one that is none */
export async function* linksOfExport(lines: AsyncIterable<string>): AsyncGenerator<Link> {
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line === '') continue;
    const { said, previous, hash } = LINE.exec(line)?.groups ?? {};
    const content = `${said ?? ''}}`;
    const no = numberIn(content);
    if (previous === undefined || hash === undefined || no === undefined) {
      throw new NoLink(`Line ${number} is not as it was exported.`);
    }
    yield { no, content, hash, previousHash: previous };
  }
}

function numberIn(content: string): bigint | undefined {
  try {
    const { no } = JSON.parse(content) as { no?: unknown };
    return typeof no === 'number' && Number.isSafeInteger(no) ? BigInt(no) : undefined;
  } catch {
    return undefined;
  }
}
