/** From the first signal on, a process has so long to stop in order; then it ends whatever hangs. In ms. */
export const STOP_WITHIN_MS = 11_000;

/** One Ctrl-C can arrive twice, from the terminal and from npm, which passes it on; a person takes longer. */
const SAME_CTRL_C_MS = 1_000;

/**
 * Fires when this process is asked to stop: by Ctrl-C, SIGTERM, or SIGHUP from a terminal that is closed. A second
 * Ctrl-C, a second later, ends it at once.
 *
 * @param onLate for a process that is to end within `STOP_WITHIN_MS` whatever hangs: told before it ends by force
 * @returns the signal, and a way to fire it from within
 */
export function stopSignal(onLate?: () => void): { signal: AbortSignal; stop(why: string): void } {
  const controller = new AbortController();
  const stop = (why: string): void => {
    if (controller.signal.aborted) return;
    controller.abort(new StopRequested(why));
    if (!onLate) return;
    setTimeout(() => {
      onLate();
      process.exit(1);
      // Whoever has nothing left to do ends before.
    }, STOP_WITHIN_MS).unref();
  };
  let interruptedAt: number | undefined;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (name === 'SIGINT') {
        interruptedAt ??= performance.now();
        if (performance.now() - interruptedAt > SAME_CTRL_C_MS) process.exit(130);
      }
      stop(name);
    });
  }
  return { signal: controller.signal, stop };
}

/** Why a process ends: what a stop signal carries as its reason. */
class StopRequested extends Error {
  override name = 'StopRequested';
}

/** What a command ends with that was stopped so: as shells count, 128 and the signal's number. */
export function exitCodeOf(signal: AbortSignal): number {
  return (signal.reason as Error).message === 'SIGTERM' ? 143 : 130;
}

/** Resolves when the signal fires. */
export function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
