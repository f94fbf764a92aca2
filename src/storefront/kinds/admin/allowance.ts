import { timeoutOr } from '../../../process/timeout-or.ts';

/** The time that all calls of one publish or one read have together. */
export interface Allowance {
  timeoutMs: number;
  leftMs(): number;
  /** Fires when it is used up, or when the caller does not wait any longer. */
  signal: AbortSignal;
  stopped(): boolean;
}

export function allowance(of: { timeoutMs: number; signal?: AbortSignal | undefined }): Allowance {
  const endsAt = performance.now() + of.timeoutMs;
  return {
    timeoutMs: of.timeoutMs,
    leftMs: () => Math.max(0, endsAt - performance.now()),
    signal: timeoutOr(of.timeoutMs, of.signal),
    stopped: () => of.signal?.aborted === true,
  };
}
