import { formatTime, seconds, type Micros } from '../../domain/time.ts';
import type { Delivery } from './sample-feed.ts';

/**
 * Two events with ids that can be typed, for README's commands: e-17 wins CHAIR-01, and e-16, counted 4 s earlier,
 * takes over when it is voided. Both are newer than the rest of a feed of the same `now`.
 */
export function sampleStory(now: Micros): Delivery[] {
  const count = (id: string, quantity: number, ago: number): Delivery => ({
    supplier: 'acme',
    event: { id, sku: 'CHAIR-01', quantity, updatedAt: formatTime(now - seconds(ago)) },
  });
  return [count('e-17', 7, 5), count('e-16', 9, 9)];
}
