/** One Ctrl-C can arrive twice, from the terminal and from npm, which passes it on; a person takes longer. */
const SAME_CTRL_C_MS = 1_000;

/**
 * Fires when this process is asked to stop: Ctrl-C or SIGTERM. A second Ctrl-C, a second later, ends it at once.
 *
 * @returns the signal, and a way to fire it from within
 */
export function stopSignal(): { signal: AbortSignal; stop(why: string): void } {
  const controller = new AbortController();
  const stop = (why: string): void => controller.abort(new StopRequested(why));
  let interruptedAt: number | undefined;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
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

/** Resolves when the signal fires. */
export function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
