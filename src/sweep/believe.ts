import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/client.ts';
import type { FindingKind } from '../domain/sweep.ts';
import { askEach, type Asking, type EachAnswers } from './ask-each.ts';
import { shownJson, type Shown } from './shown.ts';

/** A difference is believed when it is still there after so long: an accepted cache bust may be just taking effect. */
const LOOK_AGAIN_AFTER_MS = 1_000;

/**
 * Holds answers against the ledger, and asks once more, singly, for what differs: the second answer counts. What was
 * accepted counts as it was before the first.
 *
 * @returns the items that were asked for twice; `answers` then has their second answer, or none
 */
export async function believe(
  database: Pick<Database, '$queryRaw'>,
  asking: Asking,
  answers: EachAnswers,
): Promise<Set<string>> {
  const kinds = await judgeShown(database, [...answers.shown.values()]);
  const suspects = [...answers.shown.values()].filter(({ itemId }) => kinds.has(itemId));
  if (suspects.length === 0) return new Set();
  await sleep(LOOK_AGAIN_AFTER_MS);
  asking.beat();
  const again = await askEach(asking, suspects);
  for (const { itemId } of suspects) {
    const second = again.shown.get(itemId);
    const failure = again.failed.get(itemId);
    if (second) answers.shown.set(itemId, second);
    else answers.shown.delete(itemId);
    if (failure !== undefined) answers.failed.set(itemId, failure);
  }
  if (again.stopped) answers.stopped ??= again.stopped;
  return new Set(suspects.map(({ itemId }) => itemId));
}

/** How what is shown differs from the ledger, by item; without those where it does not. */
export async function judgeShown(
  database: Pick<Database, '$queryRaw'>,
  shown: readonly Shown[],
): Promise<Map<string, FindingKind>> {
  if (shown.length === 0) return new Map();
  const rows = await database.$queryRaw<{ item: string; kind: FindingKind | null }[]>`
    SELECT x.item, sweep_finding_kind(x.item, x.accepted, x.version, x.quantity) AS kind
      FROM jsonb_to_recordset(${shownJson(shown)}::jsonb)
        AS x (item text, accepted integer, version integer, quantity integer)`;
  return new Map(rows.flatMap(({ item, kind }) => (kind === null ? [] : [[item, kind] as const])));
}
