import type { Transaction } from '../../database/client.ts';
import type { FailureMode } from '../../domain/failure-modes.ts';

/** What can be wrong with what a storefront shows. */
export type ShownWrong = Extract<FailureMode, 'old_quantity_shown' | 'wrong_quantity_shown'>;

/** What a storefront showed of an item; the version that it had accepted is read before it is asked. */
export interface ProbeAnswer {
  itemId: string;
  /** Its name. */
  storefront: string;
  acceptedVersion: number;
  /** Null: it does not know the item. */
  version: number | null;
  quantity: number | null;
}

/** An item that is shown wrong. */
export interface WrongItem {
  itemId: string;
  storefront: string;
  failureMode: ShownWrong;
  acceptedVersion: number;
  shownVersion: number | null;
}

/** Writes answers down, each with what is wrong with it. @returns those that are wrong */
export async function writeProbes(
  database: Pick<Transaction, '$queryRaw'>,
  answers: readonly ProbeAnswer[],
): Promise<WrongItem[]> {
  if (answers.length === 0) return [];
  const rows = await database.$queryRaw<
    {
      item_id: string;
      storefront: string;
      accepted_version: number;
      shown_version: number | null;
      failure_mode: ShownWrong | null;
    }[]
  >`
    INSERT INTO storefront_probe (item_id, storefront, probed_at_us, accepted_version, shown_version, shown_quantity,
                                  failure_mode)
    SELECT x."itemId", x.storefront, now_us(), x."acceptedVersion", x.version, x.quantity,
           shown_wrong(x."itemId", x."acceptedVersion", x.version, x.quantity)
      FROM jsonb_to_recordset(${JSON.stringify(answers)}::jsonb)
        AS x ("itemId" text, storefront text, "acceptedVersion" integer, version integer, quantity integer)
    RETURNING item_id, storefront, accepted_version, shown_version, failure_mode`;
  return rows.flatMap(({ failure_mode: failureMode, ...row }) =>
    failureMode === null
      ? []
      : [
          {
            ...{ itemId: row.item_id, storefront: row.storefront, failureMode },
            acceptedVersion: row.accepted_version,
            shownVersion: row.shown_version,
          },
        ],
  );
}
