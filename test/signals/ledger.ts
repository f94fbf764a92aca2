import type { IncomingEvent } from '../../src/ledger/record-supplier-events.ts';
import { saveCatalogItem } from '../../src/ledger/save-catalog-item.ts';
import type { SignalName } from '../../src/domain/signals.ts';
import { readSignals } from '../../src/signals/sample-signals.ts';
import type { Sample } from '../../src/signals/signal.ts';
import type { TestDatabase } from '../support/database.ts';
import { record } from '../support/record.ts';

/** The moment by which the hand-made data of these tests is judged. */
export const NOW = 1_900_000_000_000_000n;

export const ago = (seconds: number): bigint => NOW - BigInt(Math.round(seconds * 1e6));

export interface Made {
  seq: bigint;
  itemId: string;
  version: number;
}

/** Makes a ledger by hand, through the product's own functions, and then moves its times to where a test wants them. */
export function handMadeLedger(db: TestDatabase) {
  let events = 0;

  async function receive(
    tenant: string,
    event: {
      sku?: string;
      supplier?: string;
      quantity?: number;
      updatedAt?: bigint;
      receivedAgo: number;
      id?: string;
    },
  ): Promise<{ seq: bigint; sku: string; eventId: string }> {
    events += 1;
    const { sku = `SKU-${events}`, supplier = 'acme' } = event;
    const incoming: Omit<IncomingEvent, 'workflowId'> = {
      eventId: event.id ?? `e-${events}`,
      sku,
      quantity: event.quantity ?? 5,
      updatedAt: event.updatedAt ?? ago(event.receivedAgo),
    };
    await record(db.database, tenant, supplier, [incoming]);
    const rows = await db.sql<{ seq: string }>(
      `UPDATE supplier_event SET received_at_us = $4, start_due_us = $4
        WHERE tenant_id = $1 AND supplier_id = $2 AND event_id = $3 RETURNING seq`,
      [tenant, supplier, incoming.eventId, ago(event.receivedAgo)],
    );
    return { seq: BigInt(rows[0]?.seq ?? '0'), sku, eventId: incoming.eventId };
  }

  /** Decides an event, as a worker would have, so many seconds ago. */
  async function decide(
    tenant: string,
    event: { seq: bigint; sku: string },
    decidedAgo: number,
  ): Promise<Made> {
    const itemId = `${tenant}:${event.sku}`;
    await saveCatalogItem(db.database, { seq: String(event.seq), itemId, sku: event.sku });
    await db.sql('UPDATE supplier_event SET decided_at_us = $2 WHERE seq = $1 AND decision IS NOT NULL', [
      event.seq,
      ago(decidedAgo),
    ]);
    const rows = await db.sql<{ version: number }>(
      `UPDATE catalog_item_version SET created_at_us = $2, publication_at_us = $2 WHERE event_seq = $1
       RETURNING version`,
      [event.seq, ago(decidedAgo)],
    );
    return { seq: event.seq, itemId, version: rows[0]?.version ?? 0 };
  }

  /** Writes down a call to the storefront and its end. */
  async function attempt(
    made: Made,
    status: 'accepted' | 'rejected' | 'failed' | 'sending' | 'unanswered',
    endedAgo: number,
    options: { startedAgo?: number; reason?: string; replayId?: string; storefront?: string } = {},
  ): Promise<void> {
    await db.sql(
      `INSERT INTO publish_attempt (item_id, version, event_seq, workflow_id, message_id, status, started_at_us,
                                    finished_at_us, reason, replay_id, storefront)
       VALUES ($1, $2, $3, 'sync:x', 'msg_x', $4, $5, $6, $7, $8, $9)`,
      [
        made.itemId,
        made.version,
        made.seq,
        status,
        ago(options.startedAgo ?? endedAgo),
        status === 'sending' ? null : ago(endedAgo),
        options.reason ?? null,
        options.replayId ?? null,
        options.storefront ?? 'shop',
      ],
    );
    if (status === 'accepted' || status === 'rejected') {
      await db.sql(
        `UPDATE catalog_item_version SET publication = $3, publication_at_us = $4
          WHERE item_id = $1 AND version = $2 AND publication <> 'accepted'`,
        [made.itemId, made.version, status, ago(endedAgo)],
      );
      await db.sql('UPDATE supplier_event SET start_due_us = NULL WHERE seq = $1', [made.seq]);
    }
  }

  /** An event on its whole way: received, decided half a second later, accepted another half a second later. */
  async function publish(
    tenant: string,
    event: Parameters<typeof receive>[1] & { tookSeconds?: number },
  ): Promise<Made & { eventId: string }> {
    const received = await receive(tenant, event);
    const took = event.tookSeconds ?? 1;
    const made = await decide(tenant, received, event.receivedAgo - took / 2);
    if (made.version > 0) await attempt(made, 'accepted', event.receivedAgo - took);
    return { ...made, eventId: received.eventId };
  }

  /** Many items at once, each with one event of an hour ago that was published in time. */
  async function publishMany(tenant: string, items: number): Promise<void> {
    events += 1;
    const [at, decided, told] = [ago(3600), ago(3599.5), ago(3599)];
    await db.sql(
      `WITH made AS (
         INSERT INTO supplier_event (tenant_id, supplier_id, event_id, sku, quantity, updated_at_us, received_at_us,
                                     digest, workflow_id, item_id, decision, decision_no, decided_at_us, rule, version)
         SELECT $1, 'acme', 'many-' || $3::text || '-' || n, x.sku, 5, $4::bigint, $4, event_digest(x.sku, 5, $4),
                'sync:' || $1 || ':' || x.sku, $1 || ':' || x.sku, 'won', nextval('decision_no_seq'), $5::bigint,
                'first', 1
           FROM generate_series(1, $2::integer) n
          CROSS JOIN LATERAL (SELECT 'MANY-' || $3::text || '-' || n AS sku) x
         RETURNING *
       ), items AS (
         INSERT INTO catalog_item (item_id, tenant_id, sku, quantity, updated_at_us, supplier_id, event_id, winner_seq, version)
         SELECT item_id, tenant_id, sku, quantity, updated_at_us, supplier_id, event_id, seq, 1 FROM made
       )
       INSERT INTO catalog_item_version (item_id, version, event_seq, quantity, updated_at_us, rule, created_at_us,
                                         publication, publication_at_us)
       SELECT item_id, 1, seq, quantity, updated_at_us, 'first', $5, 'accepted', $6 FROM made`,
      [tenant, items, String(events), at, decided, told],
    );
    await db.sql(
      `INSERT INTO publish_attempt (item_id, version, event_seq, workflow_id, message_id, status, started_at_us,
                                    finished_at_us)
       SELECT v.item_id, 1, v.event_seq, 'sync:x', 'msg_x', 'accepted', $2, $2
         FROM catalog_item_version v WHERE v.item_id LIKE $1 || ':MANY-' || $3 || '-%'`,
      [tenant, told, String(events)],
    );
  }

  /** A storefront's answer to the read-back probe. */
  async function probe(
    made: Made,
    shown: number | null,
    probedAgo: number,
    accepted = made.version,
    storefront = 'shop',
  ): Promise<void> {
    await db.sql(
      `INSERT INTO storefront_probe (item_id, probed_at_us, accepted_version, shown_version, shown_quantity, failure_mode,
                                     storefront)
       VALUES ($1, $2, $3, $4, 5, $5, $6)`,
      [
        made.itemId,
        ago(probedAgo),
        accepted,
        shown,
        shown === null || shown < accepted ? 'old_quantity_shown' : null,
        storefront,
      ],
    );
  }

  async function read(
    signal: SignalName,
    tenant: string,
    supplier: string | null = null,
    nowUs = NOW,
  ): Promise<Sample> {
    const samples = await readSignals(db.database, { tenants: [tenant], nowUs });
    const found = samples.find(
      (sample) => sample.signal === signal && sample.tenant === tenant && sample.supplier === supplier,
    );
    if (!found) throw new Error(`no ${signal} of ${tenant}/${supplier}`);
    return found;
  }

  return { receive, decide, attempt, publish, publishMany, probe, read };
}
