/**
 * Calls `onGone` once, when the process that started this one has died. Only under npm, which passes on SIGTERM and
 * SIGINT, but can not pass on the SIGKILL that it dies of; without npm, outliving one's shell is the user's choice.
 * Returns a function that ends the watch.
 */
export function watchNpm(onGone: () => void): () => void {
  if (process.env['npm_lifecycle_event'] === undefined) return () => undefined;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, 1_000).unref();
  return () => clearInterval(timer);
}
