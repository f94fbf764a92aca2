// Writes the events of a running deployment into files that `catalog-sync ingest` takes, one a supplier, and prints the
// commands that load them. It reads columns that every version has had, so it also speaks to the version before.
//
// node ops/export-events.mjs DIR     with DATABASE_URL, or with the DATA_DIR (.data) of a `start` that runs
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';

const PAGE = 5_000;

const [folder] = process.argv.slice(2);
if (folder === undefined || folder.startsWith('-')) {
  process.stderr.write('usage: node ops/export-events.mjs DIR\n');
  process.exit(2);
}
const client = new pg.Client({ connectionString: databaseUrl() });
await client.connect();
try {
  // One snapshot for all suppliers, however long it takes.
  await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const { rows } = await client.query(`
    SELECT tenant_id AS tenant, supplier_id AS supplier,
           count(*) FILTER (WHERE kind = 'update' AND voided_by_seq IS NULL)::integer AS events,
           count(*) FILTER (WHERE kind <> 'update' OR voided_by_seq IS NOT NULL)::integer AS left_out
      FROM supplier_event GROUP BY 1, 2 ORDER BY 1, 2`);
  for (const { tenant, supplier, events, left_out: leftOut } of rows) {
    if (leftOut > 0) {
      process.stderr.write(`${tenant}/${supplier}: ${leftOut} voided events and manual fixes are left out\n`);
    }
    if (events === 0) continue;
    mkdirSync(path.join(folder, tenant), { recursive: true });
    const file = path.join(folder, tenant, `${supplier}.ndjson`);
    await pipeline(Readable.from(linesOf(tenant, supplier)), createWriteStream(file));
    process.stdout.write(`npx catalog-sync ingest ${file} --tenant ${tenant} --supplier ${supplier}\n`);
  }
} finally {
  await client.end();
}

/**
 * @param {string} tenant
 * @param {string} supplier
 */
async function* linesOf(tenant, supplier) {
  for (let after = '0'; ;) {
    const { rows } = await client.query(
      `SELECT seq, event_id, sku, quantity, updated_at_us FROM supplier_event
        WHERE tenant_id = $1 AND supplier_id = $2 AND seq > $3 AND kind = 'update' AND voided_by_seq IS NULL
        ORDER BY seq LIMIT ${PAGE}`,
      [tenant, supplier, after],
    );
    for (const { event_id: id, sku, quantity, updated_at_us: micros } of rows) {
      yield `${JSON.stringify({ id, sku, quantity, updatedAt: timeOf(BigInt(micros)) })}\n`;
    }
    if (rows.length < PAGE) return;
    after = rows.at(-1).seq;
  }
}

/** RFC 3339 with microseconds. @param {bigint} micros since 1970 */
function timeOf(micros) {
  const rest = ((micros % 1000n) + 1000n) % 1000n;
  const millis = new Date(Number((micros - rest) / 1000n)).toISOString();
  return millis.replace('Z', `${String(rest).padStart(3, '0')}Z`);
}

function databaseUrl() {
  if (process.env.DATABASE_URL) return process.env.DATABASE_URL;
  const file = path.join(process.env.DATA_DIR || '.data', 'run.json');
  try {
    const { database } = JSON.parse(readFileSync(file, 'utf8')).start.urls;
    if (typeof database === 'string') return database;
    throw new Error('it has just begun');
  } catch {
    process.stderr.write(
      `no start runs on ${path.dirname(file)}: set DATA_DIR to its folder, or DATABASE_URL\n`,
    );
    process.exit(1);
  }
}
