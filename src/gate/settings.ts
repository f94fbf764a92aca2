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

export const DEFAULT_GATE_SETTINGS: GateSettings = { sampleSeconds: 60 };

/** How much working time a launch has to be watched. */
export function neededTime(settings: GateSettings, calendar: Calendar): Micros {
  return seconds(settings.businessDaySeconds ?? businessDaySeconds(calendar));
}
