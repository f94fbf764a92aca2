import { incompleteTrace, readTraceCoverage } from '../../src/signals/trace-coverage.ts';
import { nameOf, winnersOf, type SentEvent } from './oracle.ts';
import { readPruned } from './prune.ts';
import { LATECOMER, TENANTS, type Soak } from './soak.ts';

/** What was checked, and a line for each thing that is not as it has to be. */
export interface Finding {
  what: string;
  wrong: string[];
}

/** An attempt may arrive late; one that stood still with its process for as long as that is no older than this. */
const LATE_MS = 45_000;
/** Trace coverage looks at what was acknowledged over 90 s ago. */
const LATER_US = 120_000_000n;

/** Settles by its reason what became of fixes whose command had no answer. */
export async function readUnanswered({ product, oracle }: Soak): Promise<void> {
  const rows = await product.sql<{
    tenant: string;
    supplier: string;
    event: string;
    sku: string;
    quantity: number;
    at: string;
    target: string | null;
  }>(
    `SELECT e.tenant_id AS tenant, e.supplier_id AS supplier, e.event_id AS event, e.sku, e.quantity,
            e.updated_at_us AS at, t.tenant_id || '/' || t.supplier_id || '/' || t.event_id AS target
       FROM supplier_event e LEFT JOIN supplier_event t ON t.seq = e.target_seq
      WHERE e.reason = ANY ($1)`,
    [[...oracle.unanswered]],
  );
  for (const row of rows) {
    if (row.target !== null) oracle.voided.add(row.target);
    else {
      const { tenant, supplier, event: eventId, sku, quantity } = row;
      const fix = { tenant, supplier, eventId, sku, quantity, updatedAt: BigInt(row.at) };
      oracle.events.set(nameOf(fix), { ...fix, fate: 'contest' });
    }
  }
}

/** Whether all that the closed supplier sent is held, but for what no rule lets in. */
export async function findHeld({ product, oracle }: Soak): Promise<Finding> {
  const rows = await product.sql<{ event: string; decision: string | null; held: boolean }>(
    `SELECT event_id AS event, decision, held_at_us IS NOT NULL AS held FROM supplier_event
      WHERE tenant_id = $1 AND supplier_id = $2`,
    [LATECOMER.tenant, LATECOMER.supplier],
  );
  const wrong = rows.flatMap(({ event, decision, held }) => {
    const sent = oracle.events.get(nameOf({ ...LATECOMER, eventId: event }));
    const right = sent?.fate === 'contest' ? held && decision === null : decision === 'rejected';
    return right ? [] : [`${LATECOMER.supplier}/${event}: decision ${decision}, held ${held}`];
  });
  return { what: `a closed supplier's ${rows.length} events held or rejected`, wrong };
}

/** Holds a settled product against the oracle. */
export async function findWrong(soak: Soak): Promise<Finding[]> {
  const pruned = await readPruned(soak);
  const winners = winnersOf(soak.oracle, pruned);
  return [
    await findWrongEvents(soak, pruned),
    await findWrongItems(soak, winners),
    findWrongPages(soak, winners),
    ...findWrongRequests(soak),
    await findSecondDecisions(soak),
    await findUntraceable(soak),
    await findUnfinished(soak),
  ];
}

async function findWrongEvents({ product, oracle }: Soak, pruned: Set<string>): Promise<Finding> {
  const rows = await product.database.supplierEvent.findMany();
  const ledger = new Map(
    rows.map((row) => [
      nameOf({ tenant: row.tenantId, supplier: row.supplierId, eventId: row.eventId }),
      row,
    ]),
  );
  const wrong: string[] = [];
  for (const [name, row] of ledger) {
    if (!oracle.events.has(name) && row.kind !== 'void') wrong.push(`${name} was never sent`);
  }
  for (const [name, event] of oracle.events) {
    const row = ledger.get(name);
    if (!row && pruned.has(name)) continue;
    if (!row) {
      wrong.push(`${name} was acknowledged and is lost`);
      continue;
    }
    if (row.sku !== event.sku || row.quantity !== event.quantity || row.updatedAtUs !== event.updatedAt)
      wrong.push(`${name} was altered`);
    if (!decisionsOf(event, oracle.voided.has(name)).includes(`${row.decision} ${row.failureMode}`))
      wrong.push(`${name}: ${event.fate}, but decision ${row.decision}, ${row.failureMode}`);
    if (row.startDueUs !== null || row.heldAtUs !== null) wrong.push(`${name} still waits`);
  }
  const kept = oracle.events.size - pruned.size;
  return { what: `${kept} acknowledged events decided, ${pruned.size} more pruned with a tombstone`, wrong };
}

function decisionsOf({ fate }: SentEvent, voided: boolean): string[] {
  if (fate !== 'contest') return [`rejected ${fate}`];
  // What the storefront refused at the time stays said of the event, also when a newer version has overtaken its own.
  const won = ['won null', 'won publish_rejected'];
  // One that lost, and won when a void took its winner out, is stale no more.
  const lost = ['superseded stale_catalog_version', 'superseded null'];
  return [...won, ...lost, ...(voided ? ['voided null'] : [])];
}

async function findWrongItems({ product }: Soak, winners: Map<string, SentEvent>): Promise<Finding> {
  const items = new Map((await product.database.catalogItem.findMany()).map((row) => [row.itemId, row]));
  const wrong = [...items.keys()].flatMap((id) => (winners.has(id) ? [] : [`${id} comes from no event`]));
  for (const [itemId, winner] of winners) {
    const item = items.get(itemId);
    const said = item && `${item.quantity} ${item.updatedAtUs} ${item.supplierId} ${item.eventId}`;
    const wanted = `${winner.quantity} ${winner.updatedAt} ${winner.supplier} ${winner.eventId}`;
    if (said !== wanted) wrong.push(`${itemId}: the catalog says ${said}, the events say ${wanted}`);
    const page = product.storefront.pages.get(itemId);
    if (item && page?.version !== item.version)
      wrong.push(`${itemId}: version ${item.version}, the storefront shows ${page?.version}`);
  }
  return { what: `${winners.size} items of the catalog as the oracle says`, wrong };
}

function findWrongPages({ product }: Soak, winners: Map<string, SentEvent>): Finding {
  const { pages } = product.storefront;
  const wrong = [...winners].flatMap(([itemId, { quantity }]) => {
    const shown = pages.get(itemId)?.quantity;
    return shown === quantity ? [] : [`${itemId}: the storefront shows ${shown}, the events say ${quantity}`];
  });
  for (const id of pages.keys()) if (!winners.has(id)) wrong.push(`the storefront shows ${id}, of no event`);
  return { what: `${pages.size} pages of the storefront as the oracle says`, wrong };
}

/** By the storefront's own log: one content a version and a message, and nothing old long after something newer. */
function findWrongRequests({ product }: Soak): Finding[] {
  const { told, unsigned } = product.storefront;
  const contents = new Map<string, string>();
  const twice: string[] = [];
  const older: string[] = [];
  const newest = new Map<string, { version: number; atMs: number }>();
  const hold = (key: string, content: string): void => {
    const former = contents.get(key) ?? content;
    contents.set(key, former);
    if (former !== content) twice.push(`${key} was told as ${former}, then as ${content}`);
  };
  for (const { atMs, messageId, itemId, version, quantity, answer } of told) {
    hold(`${itemId} version ${version}`, `quantity ${quantity}`);
    hold(`message ${messageId}`, `${itemId} version ${version} quantity ${quantity}`);
    const top = newest.get(itemId);
    if (top && version < top.version && atMs - top.atMs > LATE_MS)
      older.push(`${itemId} version ${version} came ${atMs - top.atMs} ms after version ${top.version}`);
    if (answer === 'accepted' && version > (top?.version ?? 0)) newest.set(itemId, { version, atMs });
  }
  if (unsigned > 0) twice.push(`${unsigned} requests were not signed`);
  return [
    { what: `${told.length} requests: no version, no webhook-id with two contents`, wrong: twice },
    { what: `no older version told ${LATE_MS / 1000} s after a newer one`, wrong: older },
  ];
}

async function findSecondDecisions({ product }: Soak): Promise<Finding> {
  const rows = await product.sql<{ event_id: string; former: string; later: string }>(
    'SELECT event_id, former, later FROM second_decision JOIN supplier_event USING (seq)',
  );
  const wrong = rows.map((row) => `${row.event_id} was decided twice: ${row.former}, then ${row.later}`);
  return { what: 'no event decided twice', wrong };
}

async function findUntraceable({ product, begunMs }: Soak): Promise<Finding> {
  const nowUs = BigInt(Date.now()) * 1_000n + LATER_US;
  const tenants = Object.keys(TENANTS);
  const readings = await readTraceCoverage(product.database, { tenants, nowUs });
  const wrong = tenants.flatMap((tenant) => {
    const reading = readings.find((one) => one.tenant === tenant && one.supplier === null);
    return reading?.value === 1 ? [] : [`${tenant}: ${reading?.reason ?? 'no reading'}`];
  });
  // What was made older is no longer among those of the last 24 hours.
  const old = await product.database.supplierEvent.findMany({
    where: { receivedAtUs: { lt: BigInt(begunMs) * 1_000n } },
    select: { seq: true, eventId: true },
  });
  for (const { seq, eventId } of old) {
    const gap = await incompleteTrace(product.database, { seq });
    if (gap !== null) wrong.push(`${eventId}, made older: ${gap}`);
  }
  return { what: `trace coverage 100 %, and of ${old.length} that outlived a prune`, wrong };
}

async function findUnfinished({ product }: Soak): Promise<Finding> {
  const rows = await product.database.replay.findMany();
  const wrong = rows.flatMap(({ id, state }) => (state === 'completed' ? [] : [`replay ${id} is ${state}`]));
  const sweeps = await product.database.sweep.findMany();
  for (const { id, state } of sweeps) if (state !== 'completed') wrong.push(`sweep ${id} is ${state}`);
  return { what: `${rows.length} replays and ${sweeps.length} sweeps completed`, wrong };
}
