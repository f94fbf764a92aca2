/**
 * The warden: a process of its own that outlives a `start` killed with SIGKILL, to stop what that one left behind.
 * It holds the reading end of a pipe from `start`. A line on it means an orderly end; its end without one means
 * that `start` is gone.
 */
import { readRunFile } from './run-file.ts';
import { stopRecorded } from './stop-recorded.ts';

const [dataDir, ownerPid, ownerIdentity] = process.argv.slice(2);
if (dataDir === undefined || ownerPid === undefined || ownerIdentity === undefined) {
  throw new Error('usage: warden DATA_DIR OWNER_PID OWNER_IDENTITY');
}

// Whoever signals all processes at once (a service manager, a container's end) would otherwise end the warden first.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

process.stdin.on('data', () => process.exit(0));
process.stdin.on('error', () => undefined);
process.stdin.on('close', () => {
  const run = readRunFile(dataDir);
  // A new `start` may have taken over already. Its children are its own matter.
  if (run === undefined || run.start.pid !== Number(ownerPid) || run.start.identity !== ownerIdentity) return;
  void stopRecorded(run.children).then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
