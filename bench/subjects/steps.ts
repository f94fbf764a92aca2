import pg from 'pg';
import { itemIdOf } from '../../src/domain/identity.ts';
import { normalizeEvent } from '../../src/domain/normalize.ts';
import { microsOf, mustParseTime } from '../../src/domain/time.ts';
import { workflowIdOf } from '../../src/intake/event-id.ts';
import { supplierRules } from '../../src/sku-rule/supplier-rules.ts';
import type { BenchEvent } from '../events.ts';
import { setting } from './serve.ts';

/** What a peer's workflow is started with. */
export interface PeerEvent extends BenchEvent {
  /** Its row in the ledger. */
  seq: string;
}

export interface Item {
  itemId: string;
  sku: string;
}

const TENANT = 'bench';
const SUPPLIER = 'load';
const RULES = supplierRules({ skuPattern: '[A-Z0-9][A-Z0-9._-]{0,63}', clockToleranceSeconds: 300 });

/** The product's three steps with the product's SQL, for whoever orchestrates them. */
export function createSteps(options: { connections: number }) {
  const pool = new pg.Pool({ connectionString: setting('DATABASE_URL'), max: options.connections });
  const storefrontUrl = setting('STOREFRONT_URL');
  return {
    pool,

    /** Puts events into the ledger, which answers "what came in" for every subject. @returns those that it did not know */
    async record(events: readonly BenchEvent[]): Promise<PeerEvent[]> {
      const { rows } = await pool.query<{ seq: string; event_id: string }>(
        `INSERT INTO supplier_event (tenant_id, supplier_id, event_id, sku, quantity, updated_at_us, received_at_us,
                                     digest, workflow_id)
         SELECT $1, $2, e.id, e.sku, e.quantity, e.updated, now_us(), event_digest(e.sku, e.quantity, e.updated), e.workflow
           FROM unnest($3::text[], $4::text[], $5::integer[], $6::bigint[], $7::text[])
                AS e (id, sku, quantity, updated, workflow)
          ORDER BY e.id
         ON CONFLICT DO NOTHING
         RETURNING seq, event_id`,
        [
          TENANT,
          SUPPLIER,
          events.map(({ id }) => id),
          events.map(({ sku }) => sku),
          events.map(({ quantity }) => quantity),
          events.map(({ updatedAt }) => mustParseTime(updatedAt).toString()),
          events.map(({ id }) => workflowIdOf({ tenant: TENANT, supplier: SUPPLIER, eventId: id })),
        ],
      );
      const seqs = new Map(rows.map((row) => [row.event_id, row.seq]));
      const fresh = new Map(events.map((event) => [event.id, event]));
      return [...fresh.values()].flatMap((event) => {
        const seq = seqs.get(event.id);
        return seq === undefined ? [] : [{ ...event, seq }];
      });
    },

    async normalize(event: PeerEvent): Promise<Item> {
      const updatedAt = mustParseTime(event.updatedAt);
      const normalized = normalizeEvent(
        { sku: event.sku, updatedAt, receivedAt: microsOf(new Date()) },
        RULES,
      );
      if (!normalized.ok) throw new Error(normalized.detail);
      return { itemId: itemIdOf(TENANT, normalized.sku), sku: normalized.sku };
    },

    /** @returns the version, if the event made one */
    async save(event: PeerEvent, item: Item): Promise<number | null> {
      const { rows } = await pool.query<{ version: number; publish: boolean }>(
        'SELECT * FROM save_catalog_item($1, $2, $3, NULL)',
        [event.seq, item.itemId, item.sku],
      );
      const [row] = rows;
      return row?.publish ? row.version : null;
    },

    async publish(event: PeerEvent, item: Item, version: number): Promise<string> {
      const { rows } = await pool.query<{ verdict: string; attempt_id: string; quantity: number }>(
        'SELECT * FROM begin_publish_attempt($1, $2, $3, $4, $5, NULL)',
        [event.seq, item.itemId, version, event.id, `msg_${event.id}`],
      );
      const [begun] = rows;
      if (begun?.verdict !== 'send') return begun?.verdict ?? 'nothing';
      const response = await fetch(`${storefrontUrl}/cache-busts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...item, tenant: TENANT, version, quantity: begun.quantity }),
      });
      const { accepted } = (await response.json()) as { accepted: boolean };
      await pool.query('SELECT * FROM finish_publish_attempt($1, $2, $3, NULL)', [
        begun.attempt_id,
        accepted ? 'accepted' : 'failed',
        response.status,
      ]);
      if (!accepted) throw new Error(`the storefront answered ${response.status}`);
      return 'accepted';
    },
  };
}
