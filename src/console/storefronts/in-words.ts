import type { StorefrontListed } from '../api/types.ts';
import { MOST_COUNTED } from '../../domain/most-counted.ts';

/** From so many failed calls in a row on, workers leave a storefront alone between two tries. */
const LEFT_ALONE_FROM = 5;

/** How much a storefront takes. */
export function limitsInWords({
  callsPerSecond,
  itemsPerCall,
  callsAtOnce,
}: Pick<StorefrontListed, 'callsPerSecond' | 'itemsPerCall' | 'callsAtOnce'>): string {
  if (callsPerSecond === null && itemsPerCall === null && callsAtOnce === null)
    return 'none: each item is told at once, in a call of its own';
  const atOnce = callsAtOnce ?? (callsPerSecond === null ? 1 : null);
  const parts = [
    callsPerSecond !== null && rateInWords(callsPerSecond),
    (itemsPerCall ?? 1) === 1 ? 'one item a call' : `up to ${itemsPerCall?.toLocaleString()} items a call`,
    atOnce !== null && (atOnce === 1 ? 'one call at a time' : `up to ${atOnce} calls at a time`),
  ];
  return parts.filter((part) => part !== false).join(', ');
}

function rateInWords(callsPerSecond: number): string {
  if (callsPerSecond === 1) return 'one call a second';
  if (callsPerSecond > 1) return `${callsPerSecond.toLocaleString()} calls a second`;
  const seconds = 1 / callsPerSecond;
  return `one call in ${seconds.toLocaleString(undefined, { maximumFractionDigits: 1 })} s`;
}

/** What a storefront is still to be told, and for whom that waits. */
export function waitingInWords({
  waiting,
  waitingForOthers,
}: Pick<StorefrontListed, 'waiting' | 'waitingForOthers'>): string {
  if (waiting === null) return 'nothing is told to it while it is closed';
  if (waiting === 0) return 'nothing';
  const items = itemsInWords(waiting);
  if (!waitingForOthers) return items;
  const which = waitingForOthers === waiting ? '' : `${waitingForOthers.toLocaleString()} of them `;
  return `${items}, ${which}behind a storefront of a lower place`;
}

function itemsInWords(count: number): string {
  if (count === 1) return '1 item';
  return `${count.toLocaleString()}${count === MOST_COUNTED ? ' or more' : ''} items`;
}

/** Whether workers leave it alone for a while after each try. */
export function isLeftAlone({ state, calls }: Pick<StorefrontListed, 'state' | 'calls'>): boolean {
  return state === 'open' && calls.failedInARow >= LEFT_ALONE_FROM;
}
