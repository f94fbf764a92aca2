import type { TraceAnswer } from '../api/types.ts';

/** The ids of all events that a story can name in its words. */
export function idsOf({ item, events, versions }: TraceAnswer): string[] {
  const named = [
    ...events,
    ...events.map(({ lostTo }) => lostTo),
    ...versions,
    ...(item ? [item, ...item.shares] : []),
  ];
  return [...new Set(named.flatMap((one) => one?.eventId ?? []))];
}
