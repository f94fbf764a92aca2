import type { SupplierState, TenantState } from '../../src/domain/flags.ts';
import type { TestDatabase } from '../support/database.ts';

/** Events of items named so are a tenant's past: no call was made for them. */
export const PAST = 'PAST-';

/** A row as it was written, in the order of writing. What is written under a lock is in the order of the lock. */
export interface Entry {
  no: number;
  /** In µs, of the moment of writing: before the commit. */
  at: number;
  xid: string;
  what: string;
  row: Record<string, unknown>;
}

/** Has the database itself write down each change that a launch consists of, whoever makes it. */
export async function keepJournal({ sql }: Pick<TestDatabase, 'sql'>): Promise<void> {
  await sql(`
    CREATE TABLE journal (
      no bigserial PRIMARY KEY, at_us bigint NOT NULL DEFAULT extract(epoch FROM clock_timestamp()) * 1000000,
      xid xid8 NOT NULL DEFAULT pg_current_xact_id(), snapshot pg_snapshot NOT NULL DEFAULT pg_current_snapshot(),
      what text NOT NULL, tenant_id text NOT NULL, entry jsonb NOT NULL);
    CREATE INDEX ON journal (tenant_id, no);
    CREATE FUNCTION keep_journal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
      INSERT INTO journal (what, tenant_id, entry)
      VALUES (TG_TABLE_NAME, CASE TG_TABLE_NAME WHEN 'tenant' THEN to_jsonb(NEW)->>'id' ELSE to_jsonb(NEW)->>'tenant_id' END,
              (to_jsonb(NEW) - 'calendar') || jsonb_build_object('op', TG_OP));
      RETURN NULL;
    END $$;
    CREATE TRIGGER journal AFTER INSERT OR UPDATE OF state ON tenant FOR EACH ROW EXECUTE FUNCTION keep_journal();
    CREATE TRIGGER journal AFTER INSERT OR UPDATE OF state ON supplier FOR EACH ROW EXECUTE FUNCTION keep_journal();
    CREATE TRIGGER journal AFTER INSERT ON audit_entry FOR EACH ROW WHEN (NEW.tenant_id IS NOT NULL)
      EXECUTE FUNCTION keep_journal();
    CREATE TRIGGER journal AFTER INSERT ON publish_attempt FOR EACH ROW WHEN (NEW.item_id NOT LIKE '%:${PAST}%')
      EXECUTE FUNCTION keep_journal();
    CREATE TRIGGER journal AFTER INSERT OR UPDATE ON checklist_item FOR EACH ROW EXECUTE FUNCTION keep_journal();
    CREATE TRIGGER journal AFTER INSERT ON signal_sample FOR EACH ROW EXECUTE FUNCTION keep_journal();
    CREATE TRIGGER journal AFTER UPDATE OF approved_us ON trace_review FOR EACH ROW EXECUTE FUNCTION keep_journal();
    CREATE TRIGGER journal AFTER INSERT OR UPDATE ON gate_watch FOR EACH ROW EXECUTE FUNCTION keep_journal();`);
}

/** @param seenBy the number of an entry: only what was committed when that one was written */
export async function readJournal(
  { sql }: Pick<TestDatabase, 'sql'>,
  tenant: string,
  seenBy?: number,
): Promise<Entry[]> {
  const rows = await sql<{ no: string; at_us: string; xid: string; what: string; entry: Entry['row'] }>(
    `SELECT no, at_us, xid, what, entry FROM journal j
      WHERE tenant_id = $1
        AND ($2::bigint IS NULL
             OR pg_visible_in_snapshot(j.xid, (SELECT snapshot FROM journal WHERE no = $2)))
      ORDER BY no`,
    [tenant, seenBy ?? null],
  );
  return rows.map((row) => ({
    no: Number(row.no),
    at: Number(row.at_us),
    xid: row.xid,
    what: row.what,
    row: row.entry,
  }));
}

export interface Flags {
  state: TenantState;
  suppliers: Map<string, SupplierState>;
}

/** The flags after some entries: the last word counts. */
export function flagsAfter(entries: readonly Entry[]): Flags {
  const flags: Flags = { state: 'closed', suppliers: new Map() };
  for (const { what, row } of entries) {
    if (what === 'tenant') flags.state = row['state'] as TenantState;
    if (what === 'supplier') flags.suppliers.set(String(row['id']), row['state'] as SupplierState);
  }
  return flags;
}
