import type { Database } from '../database/client.ts';

/** Whose turn is meant. */
export interface TurnOf {
  tenant: string;
  storefront: string;
}

/**
 * Takes a call within a storefront's limits, which hold for all workers together.
 *
 * @param holdMs when the call is over at the latest, though nobody says so
 * @returns what names it, or how long to wait before asking again, in ms
 */
export async function takeStorefrontTurn(
  database: Database,
  { tenant, storefront }: TurnOf,
  holdMs: number,
): Promise<{ turn: bigint } | { waitMs: number }> {
  const rows = await database.$queryRaw<{ turn_us: bigint | null; wait_us: bigint }[]>`
    SELECT * FROM take_storefront_turn(${tenant}, ${storefront}, ${BigInt(holdMs) * 1_000n})`;
  const row = rows[0];
  if (!row) throw new Error('take_storefront_turn answered nothing');
  return row.turn_us === null ? { waitMs: Math.ceil(Number(row.wait_us) / 1_000) } : { turn: row.turn_us };
}

/** The call of a turn begins now: the next one's time goes from here. */
export async function beginStorefrontCall(database: Database, { tenant, storefront }: TurnOf): Promise<void> {
  await database.$queryRaw`SELECT begin_storefront_call(${tenant}, ${storefront})::text`;
}

/** Gives a call back that has ended. */
export async function endStorefrontTurn(
  database: Database,
  { tenant, storefront }: TurnOf,
  turn: bigint,
): Promise<void> {
  await database.$queryRaw`SELECT end_storefront_turn(${tenant}, ${storefront}, ${turn})::text`;
}
