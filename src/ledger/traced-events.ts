import { Prisma } from '../generated/prisma/client.ts';

/**
 * A query of `seq, tenant_id, supplier_id, event_id, gap` for some events; `gap` is null for a complete trace, and
 * otherwise the first fault that trace_gap finds.
 *
 * @param sources where the events come from, each `FROM … WHERE …` with the ledger's row as `x`
 */
export function tracedEvents(...sources: Prisma.Sql[]): Prisma.Sql {
  const columns = Prisma.sql`SELECT x.seq, x.item_id, x.tenant_id, x.supplier_id, x.event_id`;
  const scope = Prisma.join(
    sources.map((source) => Prisma.sql`${columns} ${source}`),
    ' UNION ALL ',
  );
  // Items are asked once each, not once an event.
  return Prisma.sql`
    WITH scope AS MATERIALIZED (
      ${scope}
    ), items AS MATERIALIZED (
      SELECT s.item_id, g.gap
        FROM (SELECT DISTINCT item_id FROM scope WHERE item_id IS NOT NULL) s
       CROSS JOIN LATERAL item_gap(s.item_id) g
    )
    SELECT s.seq, s.tenant_id, s.supplier_id, s.event_id, g.gap
      FROM scope s
      LEFT JOIN items i ON i.item_id = s.item_id
     CROSS JOIN LATERAL trace_gap(s.seq, i.gap) g`;
}

/**
 * A query of the numbers of a tenant's untraceable events: acknowledged over 90 s ago, not held, and without a complete
 * trace. It looks at all of them, so narrow it where that is known.
 *
 * @param narrowed a condition on the ledger's row `x`
 */
export function untraceableEvents(tenant: string, narrowed: Prisma.Sql = Prisma.sql`true`): Prisma.Sql {
  const due = Prisma.sql`
      FROM supplier_event x
      JOIN supplier_flow(ARRAY[${tenant}]) f ON f.supplier_id = x.supplier_id
     CROSS JOIN (SELECT now_us() AS now_us OFFSET 0) clock
     WHERE x.tenant_id = ${tenant} AND ${narrowed} AND trace_is_due(x, f.flows, f.opened_us, clock.now_us)`;
  return Prisma.sql`SELECT t.seq FROM (${tracedEvents(due)}) t WHERE t.gap IS NOT NULL`;
}
