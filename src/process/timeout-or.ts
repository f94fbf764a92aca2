/** Fires after `ms`, or with `signal`, whichever comes first; `reason` says which it was. */
export function timeoutOr(ms: number, signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(ms);
  if (!signal) return timeout;
  // What `any` was given is held weakly: Node may collect the timeout, which then never fires, unless somebody listens.
  timeout.addEventListener('abort', () => undefined);
  return AbortSignal.any([timeout, signal]);
}
