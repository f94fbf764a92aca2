import { describe, expect, it } from 'vitest';
import { SAME_MOMENT } from '../../src/domain/same-moment.ts';
import { readDelivery } from '../../src/intake/read-delivery.ts';
import { warnOfSameMoment } from '../../src/intake/same-moment.ts';

const EVENT = { sku: 'CHAIR-01', quantity: 5, updatedAt: '2026-06-01T10:00:00Z' };

/** Which events of an array are warned of. */
function warned(events: readonly object[]): unknown {
  const delivery = readDelivery({
    type: 'application/json',
    headers: {},
    rawHeaders: [],
    signedId: undefined,
    body: events,
  });
  if (!delivery.ok) throw new Error(JSON.stringify(delivery.errors));
  return warnOfSameMoment(delivery.events).map(({ pointer, message }) => {
    expect(message).toBe(SAME_MOMENT);
    return pointer;
  });
}

describe('an item twice at the same moment', () => {
  it('is warned of at each event after the first, however its SKU and moment are written', () => {
    const same = { sku: ' chair\u200b-01', quantity: 7, updatedAt: '2026-06-01T12:00:00.0000009+02:00' };
    expect(warned([EVENT, { ...EVENT, sku: 'LAMP' }, same, { ...EVENT, quantity: 9 }])).toEqual(['/2', '/3']);
  });

  it.each([
    ['two moments', [EVENT, { ...EVENT, updatedAt: '2026-06-01T10:00:00.000001Z' }]],
    ['two items', [EVENT, { ...EVENT, sku: 'CHAIR-02' }]],
    ['locations', [EVENT, { ...EVENT, location: 'A' }, { ...EVENT, quantity: 6, location: 'B' }]],
    ['one event that is sent twice', [EVENT, EVENT]],
    ['a single event', [EVENT]],
  ])('is none for %s', (_, events) => {
    expect(warned(events)).toEqual([]);
  });
});
