import { compareContenders } from '../../../src/domain/winner.ts';
import { findWrongTraces } from './traces.ts';
import type { FeedEvent } from './feed.ts';
import type { RequestLog } from '../../../src/demo-storefront/request-log.ts';
import type { FaultProduct } from './product.ts';

interface LedgerRow {
  seq: bigint;
  supplierId: string;
  eventId: string;
  sku: string;
  quantity: number;
  updatedAtUs: bigint;
  itemId: string | null;
  decision: string | null;
  decisionNo: bigint | null;
  rule: string | null;
  lostToSeq: bigint | null;
  startDueUs: bigint | null;
  heldAtUs: bigint | null;
}

const nameOf = (event: { supplier: string; eventId: string }): string => `${event.supplier}/${event.eventId}`;

const contenderOf = (row: LedgerRow) => ({
  supplier: row.supplierId,
  eventId: row.eventId,
  quantity: row.quantity,
  updatedAt: row.updatedAtUs,
});

/** Each item's winner, by the domain's order alone: what the catalog has to say whatever happened on the way. */
export function foldFeed(events: readonly FeedEvent[]): Map<string, FeedEvent> {
  const winners = new Map<string, FeedEvent>();
  for (const event of events) {
    if (event.itemId === undefined) continue;
    const winner = winners.get(event.itemId);
    if (!winner || compareContenders(event, winner) > 0) winners.set(event.itemId, event);
  }
  return winners;
}

/** Where its parts run, here or elsewhere, what came of the events can be read by this. */
export type Observed = Pick<FaultProduct, 'database' | 'sql' | 'storefrontUrl'> & {
  storefront: { requests: Pick<RequestLog, 'after'> };
};

/**
 * Holds ledger, catalog, storefront and traces of a settled tenant against the events that were acknowledged.
 *
 * @returns a line for each thing that is wrong
 */
export async function findWrong(
  product: FaultProduct,
  tenant: string,
  acknowledged: readonly FeedEvent[],
): Promise<string[]> {
  return [
    ...(await findWrongOutcome(product, tenant, acknowledged)),
    ...(await findWrongTraces(product, tenant, acknowledged, foldFeed(acknowledged))),
  ];
}

/** The same without the traces. @returns a line for each thing that is wrong */
export async function findWrongOutcome(
  product: Observed,
  tenant: string,
  acknowledged: readonly FeedEvent[],
): Promise<string[]> {
  const rows: LedgerRow[] = await product.database.supplierEvent.findMany({ where: { tenantId: tenant } });
  const winners = foldFeed(acknowledged);
  return [
    ...findWrongEvents(rows, acknowledged),
    ...findWrongLosers(rows),
    ...(await findSecondDecisions(product, tenant)),
    ...(await findWrongItems(product, tenant, winners)),
    ...(await findWrongVersions(product, tenant, winners)),
    ...(await findWrongShop(product, winners)),
    ...findWrongRequests(product, tenant, winners),
  ];
}

function findWrongEvents(rows: LedgerRow[], acknowledged: readonly FeedEvent[]): string[] {
  const wrong: string[] = [];
  const ledger = new Map(rows.map((row) => [`${row.supplierId}/${row.eventId}`, row]));
  const known = new Set(acknowledged.map(nameOf));
  for (const name of ledger.keys())
    if (!known.has(name)) wrong.push(`${name} is in the ledger, but was not sent`);
  for (const event of acknowledged) {
    const row = ledger.get(nameOf(event));
    if (!row) {
      wrong.push(`${nameOf(event)} was acknowledged and is lost`);
      continue;
    }
    if (row.sku !== event.sku || row.quantity !== event.quantity || row.updatedAtUs !== event.updatedAt) {
      wrong.push(`${nameOf(event)} was altered`);
    }
    const decisions = event.itemId === undefined ? ['rejected'] : ['won', 'superseded'];
    if (!decisions.includes(row.decision ?? ''))
      wrong.push(`${nameOf(event)}: its decision is ${row.decision}`);
    if (row.decision !== 'rejected' && row.itemId !== event.itemId)
      wrong.push(`${nameOf(event)} is of ${row.itemId}`);
    if (row.rule === null || row.decisionNo === null)
      wrong.push(`${nameOf(event)} has no rule or no decision number`);
    if (row.startDueUs !== null || row.heldAtUs !== null) wrong.push(`${nameOf(event)} still waits`);
  }
  const numbers = new Set(rows.map(({ decisionNo }) => decisionNo));
  if (numbers.size !== rows.length) wrong.push('two events share a decision number');
  return wrong;
}

function findWrongLosers(rows: LedgerRow[]): string[] {
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  return rows.flatMap((row) => {
    if (row.decision !== 'superseded') return [];
    const winner = row.lostToSeq === null ? undefined : bySeq.get(row.lostToSeq);
    if (!winner) return [`${row.eventId} lost to nobody`];
    const beaten =
      winner.itemId === row.itemId && compareContenders(contenderOf(winner), contenderOf(row)) > 0;
    return beaten && winner.decision === 'won' ? [] : [`${winner.eventId} does not beat ${row.eventId}`];
  });
}

async function findSecondDecisions(product: Observed, tenant: string): Promise<string[]> {
  const rows = await product.sql<{ event_id: string; former: string; later: string }>(
    'SELECT event_id, former, later FROM second_decision JOIN supplier_event USING (seq) WHERE tenant_id = $1',
    [tenant],
  );
  return rows.map((row) => `${row.event_id} was decided twice: ${row.former}, then ${row.later}`);
}

async function findWrongItems(
  product: Observed,
  tenant: string,
  winners: Map<string, FeedEvent>,
): Promise<string[]> {
  const rows = await product.database.catalogItem.findMany({ where: { tenantId: tenant } });
  const items = new Map(rows.map((row) => [row.itemId, row]));
  const wrong = rows.flatMap(({ itemId }) => (winners.has(itemId) ? [] : [`${itemId} comes from no event`]));
  for (const [itemId, winner] of winners) {
    const item = items.get(itemId);
    const said = item && `${item.quantity} ${item.updatedAtUs} ${item.supplierId} ${item.eventId}`;
    const wanted = `${winner.quantity} ${winner.updatedAt} ${winner.supplier} ${winner.eventId}`;
    if (said !== wanted) wrong.push(`${itemId}: the catalog says ${said}, the events say ${wanted}`);
  }
  return wrong;
}

async function findWrongVersions(
  product: Observed,
  tenant: string,
  winners: Map<string, FeedEvent>,
): Promise<string[]> {
  const rows = await product.database.catalogItemVersion.findMany({
    where: { event: { tenantId: tenant } },
    orderBy: [{ itemId: 'asc' }, { version: 'asc' }],
  });
  const wrong: string[] = [];
  if (new Set(rows.map(({ eventSeq }) => eventSeq)).size !== rows.length)
    wrong.push('an event made two versions');
  for (const [itemId, winner] of winners) {
    const versions = rows.filter((row) => row.itemId === itemId);
    if (versions.some(({ version }, index) => version !== index + 1)) {
      wrong.push(`${itemId}: its versions are ${versions.map(({ version }) => version).join(', ')}`);
    }
    const last = versions.at(-1);
    if (last?.quantity !== winner.quantity || last.publication !== 'accepted') {
      wrong.push(`${itemId}: its last version has ${last?.quantity}, publication ${last?.publication}`);
    }
  }
  return wrong;
}

async function findWrongShop(product: Observed, winners: Map<string, FeedEvent>): Promise<string[]> {
  const wrong: string[] = [];
  for (const [itemId, { quantity }] of winners) {
    const answer = await fetch(`${product.storefrontUrl}/items/${encodeURIComponent(itemId)}`);
    const shown = (await answer.json()) as { quantity?: number };
    if (shown.quantity !== quantity) {
      wrong.push(`${itemId}: the shop shows ${JSON.stringify(shown)}, the events say ${quantity}`);
    }
  }
  return wrong;
}

/** What the storefront itself heard: one content and one message id a version, and the current version among them. */
function findWrongRequests(product: Observed, tenant: string, winners: Map<string, FeedEvent>): string[] {
  const wrong: string[] = [];
  const contents = new Map<string, string>();
  const accepted = new Map<string, { version: number; quantity: number | null }>();
  for (const request of product.storefront.requests.after(0)) {
    if (!request.itemId?.startsWith(`${tenant}:`)) continue;
    const version = `${request.itemId} version ${request.version}`;
    const content = `${request.quantity} ${request.webhookId}`;
    const former = contents.get(version) ?? content;
    contents.set(version, former);
    if (former !== content) wrong.push(`${version} was told as ${former}, then as ${content}`);
    if (request.answer === 'unsigned' || request.answer === 'malformed')
      wrong.push(`${version}: ${request.answer}`);
    const highest = accepted.get(request.itemId)?.version ?? 0;
    if (request.answer === 'accepted' && (request.version ?? 0) >= highest) {
      accepted.set(request.itemId, { version: request.version ?? 0, quantity: request.quantity });
    }
  }
  for (const [itemId, { quantity }] of winners) {
    const last = accepted.get(itemId);
    if (last?.quantity !== quantity)
      wrong.push(`${itemId}: the shop was last told ${last?.quantity}, not ${quantity}`);
  }
  return wrong;
}
