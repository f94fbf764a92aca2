import { commandLineOf, identityOf, isSameProcess, parentOf } from './process-identity.ts';

/**
 * Calls `onGone` once, when the npm that started this process has died. Only under npm, which passes on SIGTERM and
 * SIGINT, but can not pass on the SIGKILL that it dies of; without npm, outliving one's shell is the user's choice.
 * Returns a function that ends the watch.
 */
export function watchNpm(onGone: () => void): () => void {
  const script = process.env['npm_lifecycle_script'];
  if (process.env['npm_lifecycle_event'] === undefined || script === undefined) return () => undefined;
  const parent = process.ppid;
  // npm runs a script by a shell, which may stay in between and outlive npm: dash does, bash becomes the program.
  const shellStays = commandLineOf(parent)?.includes(script) === true;
  const pid = (shellStays ? parentOf(parent) : undefined) ?? parent;
  const npm = { pid, identity: identityOf(pid) ?? 'gone' };
  const timer = setInterval(() => {
    if (process.ppid === parent && isSameProcess(npm)) return;
    clearInterval(timer);
    onGone();
  }, 1_000).unref();
  return () => clearInterval(timer);
}
