import type { BenchDatabase, Parts } from './parts.ts';

/** What a server did: how often, and, where it says so, how long. */
export interface Work {
  calls: number;
  ms?: number;
}

/** By function of the migrations: PostgreSQL's own count, once `countFunctions` has run. */
export async function functionsOf({ sql }: BenchDatabase): Promise<Map<string, Work>> {
  const rows = await sql<{ name: string; calls: bigint; ms: number }>(
    'SELECT funcname AS name, calls, self_time AS ms FROM pg_stat_user_functions',
  );
  return new Map(rows.map(({ name, calls, ms }) => [name, { calls: Number(calls), ms }]));
}

/** Holds for connections that are opened from now on. */
export async function countFunctions({ sql, url }: BenchDatabase): Promise<void> {
  await sql(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET track_functions = 'all'`);
}

/** By operation: Temporal's calls to its store. How long they took is mostly their waiting for SQLite's one connection. */
export async function storeCallsOf({ temporal }: Parts): Promise<Map<string, Work>> {
  const text = await (await fetch(temporal.metricsUrl)).text();
  const work = new Map<string, Work>();
  for (const [, labels = '', value] of text.matchAll(/^persistence_requests\{([^}]*)\} (\S+)$/gm)) {
    const operation = /operation="([^"]+)"/.exec(labels)?.[1];
    if (operation === undefined) continue;
    work.set(operation, { calls: (work.get(operation)?.calls ?? 0) + Number(value) });
  }
  return work;
}

export function difference(
  before: ReadonlyMap<string, Work>,
  after: ReadonlyMap<string, Work>,
): [string, Work][] {
  return [...after]
    .map(([name, { calls, ms }]): [string, Work] => [
      name,
      {
        calls: calls - (before.get(name)?.calls ?? 0),
        ...(ms !== undefined && { ms: ms - (before.get(name)?.ms ?? 0) }),
      },
    ])
    .filter(([, { calls }]) => calls > 0)
    .toSorted(([, a], [, b]) => b.calls - a.calls);
}
