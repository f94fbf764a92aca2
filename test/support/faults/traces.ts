import { normalizeSku } from '../../../src/domain/normalize.ts';
import { traceEvent, traceItem } from '../../../src/trace/find-trace.ts';
import type { Trace } from '../../../src/trace/trace.ts';
import type { FeedEvent } from './feed.ts';
import type { FaultProduct } from './product.ts';

/** Whether support finds every event, with its outcome and the rule, and each item as the events say. */
export async function findWrongTraces(
  product: FaultProduct,
  tenant: string,
  acknowledged: readonly FeedEvent[],
  winners: Map<string, FeedEvent>,
): Promise<string[]> {
  const surroundings = {
    temporalUiUrl: product.temporalUiUrl,
    namespace: 'default',
    defaultStorefrontUrl: product.storefrontUrl,
  };
  const wrong: string[] = [];
  for (const [itemId, winner] of winners) {
    const sku = normalizeSku(winner.sku);
    const found = await traceItem(product.database, { tenant, sku, limit: 1_000 }, surroundings);
    const events = acknowledged.filter((event) => event.itemId === itemId);
    wrong.push(...findMissing(found?.trace, events, ['won', 'superseded']));
    const shown = found?.trace.storefront;
    if (found?.trace.item?.eventId !== winner.eventId)
      wrong.push(`${itemId}: its trace names another winner`);
    if (!shown || 'error' in shown || shown.quantity !== winner.quantity) {
      wrong.push(`${itemId}: its trace says that the shop shows ${JSON.stringify(shown)}`);
    }
  }
  for (const event of acknowledged) {
    if (event.itemId !== undefined) continue;
    const { supplier, eventId } = event;
    const found = await traceEvent(
      product.database,
      { tenant, supplier, eventId, limit: 1_000 },
      surroundings,
    );
    wrong.push(...findMissing(found?.trace, [event], ['rejected']));
  }
  return wrong;
}

function findMissing(trace: Trace | undefined, events: readonly FeedEvent[], outcomes: string[]): string[] {
  const told = new Map(trace?.events.map((event) => [`${event.supplier}/${event.eventId}`, event]));
  return events.flatMap(({ supplier, eventId }) => {
    const event = told.get(`${supplier}/${eventId}`);
    if (!event) return [`${eventId} is not in the trace`];
    const isComplete = outcomes.includes(event.outcome) && event.rule !== null && event.workflowId !== '';
    return isComplete ? [] : [`${eventId} has the trace ${JSON.stringify(event)}`];
  });
}
