import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Random } from '../../src/start/sample-feed/random.ts';
import { readWays } from './figures.ts';
import { command } from './command.ts';
import { nameOf } from './oracle.ts';
import { TENANTS, type Soak } from './soak.ts';

const AGED_DAYS = 30;
const PRUNED_DAYS = 20;
/** What is younger may still be under way somewhere. */
const LEFT_ALONE_SECONDS = 20;

/**
 * Makes what a tenant has decided up to now a month older, as if time had passed, and prunes it. By the rule that it was
 * judged by it would now be far ahead of its arrival, so it becomes one of which no rule is known.
 */
export async function prune(soak: Soak, random: Random): Promise<void> {
  const tenant = random.pick(Object.keys(TENANTS));
  try {
    for (const way of await readWays(soak, tenant)) soak.ways.set(way.seq, way);
    const aged = await soak.product.sql<{ supplier: string; event: string }>(
      `UPDATE supplier_event SET received_at_us = received_at_us - $2::bigint, decided_at_us = decided_at_us - $2::bigint,
              judged_by = NULL
        WHERE tenant_id = $1 AND kind = 'update' AND decision IS NOT NULL AND start_due_us IS NULL
          AND received_at_us BETWEEN now_us() - $2::bigint / 2 AND now_us() - $3::bigint
        RETURNING supplier_id AS supplier, event_id AS event`,
      [tenant, AGED_DAYS * 86_400_000_000, LEFT_ALONE_SECONDS * 1_000_000],
    );
    for (const { supplier, event } of aged) soak.aged.add(nameOf({ tenant, supplier, eventId: event }));
  } catch {
    // PostgreSQL is away, or has chosen this one to end a deadlock.
    soak.count('prunes put off');
    return;
  }
  const archive = path.join(soak.product.folder, 'archive');
  const args = [
    'prune',
    '--older-than',
    `${PRUNED_DAYS}d`,
    '--tenant',
    tenant,
    '--archive',
    archive,
    '--yes',
  ];
  const { code, values } = await command(soak, args);
  soak.count(code === 0 ? 'prunes' : 'prunes broken off');
  soak.count('events pruned', Number(values.at(-1)?.events ?? 0));
}

/** Names of the aged events that are gone, each with a tombstone. */
export async function readPruned({ product, aged }: Soak): Promise<Set<string>> {
  const rows = await product.sql<{ key: string }>('SELECT key FROM pruned_event');
  const keys = new Set(rows.map(({ key }) => key.replaceAll('-', '')));
  return new Set([...aged].filter((name) => keys.has(keyOf(name))));
}

function keyOf(name: string): string {
  return createHash('sha256').update(name.split('/').join('\n')).digest('hex').slice(0, 32);
}
