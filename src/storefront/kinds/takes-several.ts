import type { Limits } from './kind.ts';

/** Whether a call may hold several items. */
export function takesSeveral(limits: Limits | undefined): boolean {
  return (limits?.itemsPerCall ?? 1) > 1;
}
