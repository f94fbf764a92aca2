import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { textOf } from '../../src/access/secrets/key-ring.ts';
import { usageOf } from '../cpu.ts';
import { SUPPLIER, TENANT, type Parts } from '../parts.ts';
import { figure, table } from '../report/markdown.ts';
import type { GrowthOptions, GrowthResult } from './result.ts';

const LINES = 100_000;
const MIB = 2 ** 20;

/** `catalog-sync ingest` of a CSV file: lines a second, and memory by quarters of its time. */
export async function ingestFile(parts: Parts, _options: GrowthOptions): Promise<GrowthResult> {
  const database = await parts.databaseOf('ingest');
  const file = path.join(parts.folder, 'ingest.csv');
  const lines = ['id,sku,quantity,updatedAt'];
  for (let no = 0; no < LINES; no += 1) lines.push(`csv-${no},CSV-${no},${no % 1000},2026-06-01T00:00:00Z`);
  await writeFile(file, `${lines.join('\n')}\n`);
  const cli = path.resolve(import.meta.dirname, '../../dist/src/cli/main.js');
  const begun = performance.now();
  const child = parts.run('ingest', [cli, 'ingest', file, '--tenant', TENANT, '--supplier', SUPPLIER], {
    DATABASE_URL: database.urls.operator,
    SECRETS_KEYS: textOf(parts.secretsKeys),
    DATA_DIR: parts.folder,
  });
  const memory: number[] = [];
  while (child.isAlive()) {
    const usage = usageOf(child.pid);
    if (usage) memory.push(usage.residentBytes);
    await sleep(100);
  }
  const seconds = (performance.now() - begun) / 1000;
  const [row] = await database.sql<{ count: bigint }>('SELECT count(*) AS count FROM supplier_event');
  if (row?.count !== BigInt(LINES))
    throw new Error(`${row?.count} of ${LINES} lines arrived: ${await child.exited}`);
  const quarter = (no: number): number =>
    Math.max(
      ...memory.slice(Math.floor((memory.length * (no - 1)) / 4), Math.ceil((memory.length * no) / 4)),
    );
  return {
    name: 'ingest',
    markdown: table(
      ['lines', 'lines/s', 'most memory in its first quarter, MiB', 'second', 'third', 'last'],
      [
        [
          LINES.toLocaleString('en'),
          figure(LINES / seconds),
          ...[1, 2, 3, 4].map((no) => figure(quarter(no) / MIB)),
        ],
      ],
    ),
  };
}
