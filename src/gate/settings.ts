import { businessDaySeconds, type Calendar } from '../domain/calendar.ts';
import { seconds, type Micros } from '../domain/time.ts';

/** What the process that runs the gate was told; see docs/settings.md. */
export interface GateSettings {
  /** In place of the hours of each tenant's calendar. */
  businessDaySeconds?: number | undefined;
  sampleSeconds: number;
  /** Who confirmed the checklist's last condition cannot open the canary. */
  fourEyes?: boolean | undefined;
}

/** With a round that takes some seconds, what has its time is seen within a minute: see docs/signals.md. */
export const DEFAULT_GATE_SETTINGS: GateSettings = { sampleSeconds: 45 };

/**
 * How much working time a launch has to be watched. That of a rehearsal is its own: no setting of the process, and no other
 * tenant's, and none is shortened by it.
 */
export function neededTime(
  settings: GateSettings,
  { calendar, rehearsal }: { calendar: Calendar; rehearsal: Micros | null },
): Micros {
  return rehearsal ?? seconds(settings.businessDaySeconds ?? businessDaySeconds(calendar));
}

/** From beginning to beginning, so that what has its time is not seen later by as long as a sample takes. In ms. */
export function pauseAfter({ sampleSeconds }: GateSettings, tookMs: number): number {
  const wanted = sampleSeconds * 1000;
  return Math.max(wanted / 4, wanted - tookMs);
}
