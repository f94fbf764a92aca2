import { formatTime, seconds, type Micros } from '../../domain/time.ts';
import { createRandom, type Random } from './random.ts';

export const SAMPLE_TENANT = 'canary';
export const SAMPLE_SUPPLIERS = ['acme', 'globex'] as const;
/** The SKU rule of both sample suppliers. */
export const SAMPLE_SKU_PATTERN = '[A-Z0-9][A-Z0-9._-]{0,63}';

export type SampleSupplier = (typeof SAMPLE_SUPPLIERS)[number];

export interface SupplierEvent {
  id: string;
  sku: string;
  quantity: number;
  /** RFC 3339, UTC, with microseconds. */
  updatedAt: string;
  location?: string;
}

/** One sending of one event; the same event may be delivered more than once. */
export interface Delivery {
  supplier: SampleSupplier;
  event: SupplierEvent;
}

const FURNITURE: readonly [kind: string, models: number][] = [
  ['CHAIR', 9],
  ['TABLE', 6],
  ['SOFA', 5],
  ['LAMP', 6],
  ['SHELF', 5],
  ['DESK', 4],
  ['BED', 3],
  ['RUG', 2],
];
const MALFORMED = ['chair 01!', '../', '=1+1', 'sofa/02', '-LAMP-01', 'табурет-01', 'TABLE 03', '"desk"'];
const UPDATES_A_SKU = 6;
const WINDOW = seconds(2 * 3600);
const AHEAD = seconds(20 * 60);
/** An event arrives up to so long after others that are newer. */
const LATEST = seconds(15 * 60);

/**
 * About 300 deliveries by two suppliers of a furniture shop, in order of arrival, as they are in real life: late,
 * twice, with malformed SKUs, from clocks that run ahead, and exactly tied. The same `now` and `seed` give the same
 * feed; another `now` or `seed` gives other event ids, so that a second feed never contradicts the first.
 */
export function sampleFeed({ now, seed }: { now: Micros; seed: number }): Delivery[] {
  const random = createRandom(seed);
  const stamp = `${now.toString(36)}-${(seed >>> 0).toString(36)}`;
  const numbers: Record<SampleSupplier, number> = { acme: 0, globex: 0 };
  const arrivals: { delivery: Delivery; at: Micros }[] = [];

  const deliver = (
    supplier: SampleSupplier,
    sku: string,
    quantity: number,
    updatedAt: Micros,
    at = updatedAt + lateness(random),
  ): void => {
    numbers[supplier] += 1;
    const id = `${supplier}-${stamp}-${String(numbers[supplier]).padStart(4, '0')}`;
    const event = { id, sku, quantity, updatedAt: formatTime(updatedAt) };
    arrivals.push({ delivery: { supplier, event }, at });
  };
  const past = (): Micros => now - seconds(10) - BigInt(random.int(0, Number(WINDOW - seconds(20))));

  for (const sku of sampleSkus()) {
    let quantity = random.int(5, 60);
    const times = Array.from({ length: UPDATES_A_SKU }, past).toSorted((a, b) => (a < b ? -1 : 1));
    for (const time of times) {
      quantity = Math.max(0, quantity + random.int(-9, 6));
      deliver(random.pick(SAMPLE_SUPPLIERS), spelled(sku, random), quantity, time);
    }
  }
  for (let tie = 0; tie < 6; tie += 1) {
    const [sku, time, quantity] = [random.pick(sampleSkus()), past(), random.int(3, 40)];
    const [first, second] = tie % 2 === 0 ? (['acme', 'acme'] as const) : (['acme', 'globex'] as const);
    deliver(first, sku, quantity, time);
    // By one supplier with another quantity: the lower wins. By two with the same: the supplier's name decides.
    deliver(second, sku, first === second ? quantity - 2 : quantity, time);
  }
  for (const sku of MALFORMED) deliver(random.pick(SAMPLE_SUPPLIERS), sku, random.int(0, 40), past());
  for (let drifted = 0; drifted < 6; drifted += 1) {
    const time = now + AHEAD + BigInt(random.int(0, 999_999));
    deliver('globex', random.pick(sampleSkus()), random.int(0, 40), time, past());
  }
  for (let again = 0; again < 30; again += 1) {
    const { delivery, at } = random.pick(arrivals);
    arrivals.push({ delivery, at: at + BigInt(random.int(1, 300_000_000)) });
  }
  return arrivals
    .toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .map(({ delivery }) => delivery);
}

export function sampleSkus(): string[] {
  return FURNITURE.flatMap(([kind, models]) =>
    Array.from({ length: models }, (_, index) => `${kind}-${String(index + 1).padStart(2, '0')}`),
  );
}

/** Some systems send `  chair-01`: normalize makes it the same SKU. */
function spelled(sku: string, random: Random): string {
  if (!random.chance(0.15)) return sku;
  return random.pick([sku.toLowerCase(), ` ${sku}`, `${sku.toLowerCase()} `, `\u00a0${sku}`]);
}

function lateness(random: Random): Micros {
  return random.chance(0.3) ? BigInt(random.int(0, Number(LATEST))) : BigInt(random.int(0, 2_000_000));
}
