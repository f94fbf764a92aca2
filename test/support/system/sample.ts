import { readFileSync } from 'node:fs';
import path from 'node:path';
import { normalizeEvent } from '../../../src/domain/normalize.ts';
import { mustParseTime, seconds, type Micros } from '../../../src/domain/time.ts';
import { fitsSkuRule } from '../../../src/sku-rule/sku-rule.ts';
import { compareContenders, type Contender } from '../../../src/domain/winner.ts';
import { SAMPLE_SKU_PATTERN, sampleFeed, type Delivery } from '../../../src/start/sample-feed/sample-feed.ts';
import { sampleStory } from '../../../src/start/sample-feed/sample-story.ts';

export interface ExpectedSample {
  events: number;
  duplicates: number;
  rejected: Record<string, number>;
  /** By normalized SKU. */
  winners: Map<string, Contender>;
  /** A text in nearly every event id of this feed. */
  stamp: string;
}

/** The seed of the feed that `start` sends. */
const SEED = 7;
const RULES = {
  skuPattern: SAMPLE_SKU_PATTERN,
  fitsPattern: (sku: string) => fitsSkuRule(SAMPLE_SKU_PATTERN, sku),
  clockTolerance: seconds(300),
};

/** What must come of the sample feed that a first `start` sent, worked out from the feed alone. */
export function expectedSample(dataDir: string): ExpectedSample {
  const mark = JSON.parse(readFileSync(path.join(dataDir, 'sample-feed.json'), 'utf8')) as { now: string };
  const now: Micros = BigInt(mark.now);
  return winnersOfSample([...sampleFeed({ now, seed: SEED }), ...sampleStory(now)], now);
}

/** The same for a feed that is sent at `now`. */
export function winnersOfSample(feed: readonly Delivery[], now: Micros): ExpectedSample {
  const expected: ExpectedSample = {
    events: 0,
    duplicates: 0,
    rejected: {},
    winners: new Map(),
    stamp: `-${now.toString(36)}-`,
  };
  const known = new Set<string>();
  for (const { supplier, event } of feed) {
    if (known.has(event.id)) {
      expected.duplicates += 1;
      continue;
    }
    known.add(event.id);
    expected.events += 1;
    const updatedAt = mustParseTime(event.updatedAt);
    const verdict = normalizeEvent({ sku: event.sku, updatedAt, receivedAt: now }, RULES);
    if (!verdict.ok) {
      expected.rejected[verdict.mode] = (expected.rejected[verdict.mode] ?? 0) + 1;
      continue;
    }
    keepGreater(expected.winners, verdict.sku, {
      supplier,
      eventId: event.id,
      quantity: event.quantity,
      updatedAt,
    });
  }
  return expected;
}

/** The fold that the whole product has to agree with. */
export function keepGreater(winners: Map<string, Contender>, sku: string, challenger: Contender): void {
  const winner = winners.get(sku);
  if (!winner || compareContenders(challenger, winner) > 0) winners.set(sku, challenger);
}
