import type { Random } from '../../src/start/sample-feed/random.ts';
import type { SentEvent } from './oracle.ts';

const SKUS = 20;
const MICROS = 1_000_000n;
/** Within the tolerance of five minutes, and far beyond it. */
const SLIGHTLY_AHEAD_SECONDS = [1, 100] as const;
const FAR_AHEAD_SECONDS = 3_600n;

/**
 * Makes a supplier's events as they come in real life: mostly now, some late, some of exactly another one's time, some
 * of a clock that is ahead, some with a SKU spelled in another way or impossible.
 *
 * @param last the newest event of each SKU of the tenant, shared by its suppliers: with those one ties
 */
export function eventMaker(
  from: { tenant: string; supplier: string; random: Random },
  last: Map<string, SentEvent>,
): () => SentEvent {
  const { tenant, supplier, random } = from;
  let made = 0;
  return () => {
    made += 1;
    const plain = `SKU-${String(random.int(1, SKUS)).padStart(2, '0')}`;
    const former = last.get(plain);
    const now = BigInt(Date.now()) * 1_000n + BigInt(random.int(0, 999));
    const event: SentEvent = {
      ...{ tenant, supplier, eventId: `${supplier}-${made}`, sku: plain, fate: 'contest' },
      quantity: random.int(0, 500),
      updatedAt: now,
    };
    const draw = random.int(1, 100);
    if (draw <= 15) event.updatedAt -= BigInt(random.int(1, 120)) * MICROS;
    else if (draw <= 25 && former) {
      event.updatedAt = former.updatedAt;
      if (random.chance(0.5)) event.quantity = former.quantity;
    } else if (draw <= 28) event.updatedAt += BigInt(random.int(...SLIGHTLY_AHEAD_SECONDS)) * MICROS;
    else if (draw <= 31) {
      event.updatedAt += FAR_AHEAD_SECONDS * MICROS;
      event.fate = 'clock_drift';
    } else if (draw <= 34) {
      event.sku = `=${plain}`;
      event.fate = 'malformed_sku';
    } else if (draw <= 44) event.sku = ` ${plain.toLowerCase()} `;
    if (event.fate === 'contest') last.set(plain, event);
    return event;
  };
}
