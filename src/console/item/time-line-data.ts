import type uPlot from 'uplot';
import type { Outcome, TraceAnswer, TraceEvent, TraceVersion } from '../api/types.ts';

export type Clock = 'updatedAt' | 'receivedAt';

/** How events are told apart on the time line; the first is the line of the versions. */
export const KINDS = ['won', 'superseded', 'rejected', 'waiting', 'voided', 'expiry'] as const;
export type Kind = (typeof KINDS)[number];

const KIND_OF: Record<Outcome, Kind | undefined> = {
  won: 'won',
  superseded: 'superseded',
  rejected: 'rejected',
  failed: 'rejected',
  pending: 'waiting',
  held: 'waiting',
  voided: 'voided',
  applied: undefined,
};

/** A void says no quantity; an expiry makes a figure 0. */
function kindOf({ kind, outcome }: TraceEvent): Kind | undefined {
  return kind === 'expiry' ? 'expiry' : KIND_OF[outcome];
}

export interface TimeLine {
  /** x in seconds, the versions' quantities, then one row for each of KINDS. */
  data: uPlot.AlignedData;
  /** What stands at each x. */
  at: readonly (TraceEvent | TraceVersion)[];
}

/** Versions and events side by side, by one of the two clocks. */
export function timeLineOf(trace: Pick<TraceAnswer, 'versions' | 'events'>, clock: Clock): TimeLine {
  const points = [
    ...trace.versions.map((version) => ({
      x: secondsOf(clock === 'updatedAt' ? version.updatedAt : version.createdAt),
      row: 1,
      y: version.quantity,
      what: version,
    })),
    ...trace.events.flatMap((event) => {
      const kind = kindOf(event);
      if (kind === undefined) return [];
      return [{ x: secondsOf(event[clock]), row: 2 + KINDS.indexOf(kind), y: event.quantity, what: event }];
    }),
  ].toSorted((a, b) => a.x - b.x);
  const rows = [1, ...KINDS.map((_, index) => 2 + index)].map((row) =>
    points.map((point) => (point.row === row ? point.y : null)),
  );
  return { data: [points.map(({ x }) => x), ...rows], at: points.map(({ what }) => what) };
}

/** To the microsecond, which a Date would cut off. */
export function secondsOf(time: string): number {
  const whole = Math.floor(Date.parse(time) / 1000);
  return whole + Number(`0${/\.\d+/.exec(time)?.[0] ?? ''}`);
}

/** Two lists of one item's story as one, each event and version once: the later list has the newer word. */
export function join(
  older: Pick<TraceAnswer, 'versions' | 'events'>,
  newer: Pick<TraceAnswer, 'versions' | 'events'>,
): Pick<TraceAnswer, 'versions' | 'events'> {
  const events = new Map(
    [...older.events, ...newer.events].map((one) => [`${one.supplier} ${one.eventId}`, one]),
  );
  const versions = new Map([...older.versions, ...newer.versions].map((one) => [one.version, one]));
  return { events: [...events.values()], versions: [...versions.values()] };
}
