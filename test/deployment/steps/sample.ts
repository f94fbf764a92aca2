import { microsOf } from '../../../src/domain/time.ts';
import { SAMPLE_SKU_PATTERN, SAMPLE_TENANT, sampleFeed } from '../../../src/start/sample-feed/sample-feed.ts';
import { sampleStory } from '../../../src/start/sample-feed/sample-story.ts';
import { sendFeed } from '../../../src/start/sample-feed/send-feed.ts';
import { untilSettled } from '../../support/faults/settle.ts';
import { winnersOfSample } from '../../support/system/sample.ts';
import { getJson, type World } from '../world.ts';

const SEED = 7;
const SETTLE_MS = 180_000;

export { SAMPLE_SKU_PATTERN, SAMPLE_TENANT };

/** Sends the sample feed, signed, to the servers' proxy, and holds every item against the feed. */
export async function sendSample(world: World): Promise<string> {
  const { view, suppliers, token } = world;
  const now = microsOf(new Date());
  const feed = [...sampleFeed({ now, seed: SEED }), ...sampleStory(now)];
  const secrets = suppliers[SAMPLE_TENANT] ?? {};
  const counts = await sendFeed({
    apiUrl: view.apiUrl,
    tenant: SAMPLE_TENANT,
    secrets,
    feed,
    signal: world.workshop.signal,
  });
  const settled = await untilSettled(view, SAMPLE_TENANT, SETTLE_MS);
  const expected = winnersOfSample(feed, now);
  if (settled.events !== expected.events)
    throw new Error(`${settled.events} events are in the ledger, ${expected.events} were sent`);
  const wrong: string[] = [];
  for (const [sku, winner] of expected.winners) {
    const at = `${view.apiUrl}/v1/tenants/${SAMPLE_TENANT}/items/${encodeURIComponent(sku)}`;
    const { quantity } = await getJson<{ quantity: number }>(at, { authorization: `Bearer ${token}` });
    const page = `${view.storefrontUrl}/items/${encodeURIComponent(`${SAMPLE_TENANT}:${sku}`)}`;
    const shown = await getJson<{ quantity: number }>(page);
    if (quantity !== winner.quantity || shown.quantity !== winner.quantity)
      wrong.push(
        `${sku}: the events say ${winner.quantity}, the API ${quantity}, the shop ${shown.quantity}`,
      );
  }
  if (wrong.length > 0) throw new Error(wrong.join('; '));
  const sent = Object.entries(counts).map(([status, count]) => `${count} ${status}`);
  return `${feed.length} deliveries (${sent.join(', ')}), ${expected.winners.size} items as the events say, in API and shop`;
}
