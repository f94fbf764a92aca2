import { describe, expect, it } from 'vitest';
import { normalizeEvent, normalizeSku } from '../../../src/domain/normalize.ts';
import { microsOf, parseTime, seconds } from '../../../src/domain/time.ts';
import { fitsSkuRule } from '../../../src/sku-rule/sku-rule.ts';
import {
  sampleFeed,
  sampleSkus,
  SAMPLE_SKU_PATTERN,
  type SupplierEvent,
} from '../../../src/start/sample-feed/sample-feed.ts';

const now = microsOf(new Date('2026-06-01T10:00:00Z'));
const feed = sampleFeed({ now, seed: 1 });

function at(event: SupplierEvent): bigint {
  const time = parseTime(event.updatedAt);
  if (!time.ok) throw new Error(time.fault);
  return time.at;
}

describe('the sample feed', () => {
  it('is the same for the same time and seed, and shares no event id with another', () => {
    expect(sampleFeed({ now, seed: 1 })).toEqual(feed);
    const ids = new Set(feed.map(({ event }) => event.id));
    for (const other of [sampleFeed({ now, seed: 2 }), sampleFeed({ now: now + 1n, seed: 1 })]) {
      expect(other.some(({ event }) => ids.has(event.id))).toBe(false);
    }
  });

  it('is about 300 deliveries of two suppliers over 40 SKUs', () => {
    expect(feed.length).toBe(296);
    expect(new Set(feed.map(({ supplier }) => supplier))).toEqual(new Set(['acme', 'globex']));
    expect(sampleSkus()).toHaveLength(40);
    const sent = new Set(feed.map(({ event }) => normalizeSku(event.sku)));
    expect(sampleSkus().filter((sku) => !sent.has(sku))).toEqual([]);
  });

  it('arrives out of order', () => {
    const times = feed.map(({ event }) => at(event));
    const late = times.filter((time, index) => time < (times[index - 1] ?? 0n)).length;
    expect(late).toBeGreaterThan(30);
  });

  it('repeats events, always with the same content', () => {
    const byId = new Map<string, string>();
    let again = 0;
    for (const { supplier, event } of feed) {
      const [key, content] = [`${supplier} ${event.id}`, JSON.stringify(event)];
      if (byId.has(key)) {
        again += 1;
        expect(byId.get(key)).toBe(content);
      }
      byId.set(key, content);
    }
    expect(again).toBe(30);
  });

  it('has malformed SKUs and drifted clocks, and otherwise what normalize accepts', () => {
    const rules = {
      skuPattern: SAMPLE_SKU_PATTERN,
      fitsPattern: (sku: string) => fitsSkuRule(SAMPLE_SKU_PATTERN, sku),
      clockTolerance: seconds(300),
    };
    const counts: Record<string, Set<string>> = {
      ok: new Set(),
      malformed_sku: new Set(),
      clock_drift: new Set(),
    };
    for (const { event } of feed) {
      const result = normalizeEvent({ sku: event.sku, updatedAt: at(event), receivedAt: now }, rules);
      counts[result.ok ? 'ok' : result.mode]?.add(event.id);
      if (!result.ok && result.mode === 'clock_drift')
        expect(at(event) - now).toBeGreaterThanOrEqual(seconds(1200));
      else expect(now - at(event) > 0n && now - at(event) <= seconds(7200)).toBe(true);
    }
    expect([counts.ok?.size, counts.malformed_sku?.size, counts.clock_drift?.size]).toEqual([252, 8, 6]);
    expect(feed.filter(({ event }) => event.sku !== normalizeSku(event.sku)).length).toBeGreaterThan(20);
  });

  it('has exact ties: by one supplier with another quantity, by two with the same', () => {
    const byMoment = new Map<string, typeof feed>();
    for (const delivery of feed) {
      const moment = `${normalizeSku(delivery.event.sku)} ${delivery.event.updatedAt}`;
      byMoment.set(moment, [...(byMoment.get(moment) ?? []), delivery]);
    }
    const ties = [...byMoment.values()]
      .map((tied) => ({
        ids: new Set(tied.map(({ event }) => event.id)).size,
        suppliers: new Set(tied.map(({ supplier }) => supplier)).size,
        quantities: new Set(tied.map(({ event }) => event.quantity)).size,
      }))
      .filter(({ ids }) => ids > 1);
    expect(ties.filter(({ suppliers, quantities }) => suppliers === 1 && quantities === 2)).toHaveLength(3);
    expect(ties.filter(({ suppliers, quantities }) => suppliers === 2 && quantities === 1)).toHaveLength(3);
  });

  it('has quantities that can be in stock', () => {
    expect(feed.every(({ event }) => Number.isInteger(event.quantity) && event.quantity >= 0)).toBe(true);
  });
});
