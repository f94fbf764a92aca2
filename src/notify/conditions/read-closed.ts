import type { Transaction } from '../../database/client.ts';
import type { Condition } from '../../domain/notify.ts';
import { pages } from '../pages.ts';

interface Row {
  tenant: string;
  supplier: string | null;
  id: bigint;
  at_us: bigint;
  actor: string;
  action: string;
  reason: string | null;
}

/** Whoever holds a flow because a signal asks for it: see src/gate/sample-tenants.ts. */
const THE_GATE = 'gate';

/**
 * Tenants that are closed after they were open, and suppliers that were rolled back; from the audit list. One that was
 * never open is not closed by anybody, and a supplier that somebody closed by hand is no rollback.
 */
export async function readClosed(database: Pick<Transaction, '$queryRaw'>): Promise<Condition[]> {
  const rows = await database.$queryRaw<Row[]>`
    SELECT t.id AS tenant, NULL AS supplier, a.id, a.at_us, a.actor, a.action, a.reason
      FROM tenant t
     CROSS JOIN LATERAL (
       SELECT x.* FROM audit_entry x
        WHERE x.tenant_id = t.id AND x.subject = 'tenant/' || t.id AND x.action IN ('tenant.state', 'gate.rollback')
        ORDER BY x.id DESC LIMIT 1) a
     WHERE t.state = 'closed' AND a.before ->> 'state' <> 'closed'
    UNION ALL
    SELECT s.tenant_id, s.id, a.id, a.at_us, a.actor, a.action, a.reason
      FROM supplier s JOIN tenant t ON t.id = s.tenant_id
     CROSS JOIN LATERAL (
       SELECT x.* FROM audit_entry x
        WHERE x.tenant_id = t.id AND x.subject = 'supplier/' || t.id || '/' || s.id
          AND x.action IN ('supplier.state', 'gate.rollback')
        ORDER BY x.id DESC LIMIT 1) a
     WHERE s.state = 'closed' AND a.action = 'gate.rollback'
     ORDER BY 1, 2 NULLS FIRST`;
  return rows.map((row) => {
    const { tenant, supplier, id, at_us: since, actor, action, reason } = row;
    const byPerson = action === 'gate.rollback' && actor !== THE_GATE;
    const subject = supplier === null ? tenant : `${supplier} of ${tenant}`;
    const why = reason === null ? '' : `: ${reason}`;
    return {
      kind: byPerson ? 'rolled_back' : 'gate_closed',
      // Closed again after it was open is another thing.
      key: `closed/${id}`,
      tenant,
      severity: 'page',
      owner: 'Platform',
      subject,
      detail: `${subject} was closed by ${actor}${why}`,
      page: pages.gate(tenant),
      since,
    };
  });
}
