import { setTimeout as sleep } from 'node:timers/promises';
import { isSameProcess } from './process-identity.ts';
import type { RecordedChild } from './run-file.ts';

const pollMs = process.platform === 'linux' ? 20 : 100;

/** Stops processes: those marked for it first and together, then the others one by one, the last started first. Those
 * that are gone already are left out. One that can not be stopped does not keep the others alive; its error is thrown
 * at the end. */
export async function stopRecorded(children: readonly RecordedChild[]): Promise<void> {
  const failures: unknown[] = [];
  const stop = (child: RecordedChild): Promise<unknown> =>
    stopRecordedChild(child).catch((error: unknown) => failures.push(error));
  await Promise.all(children.filter(({ stopFirst }) => stopFirst === true).map(stop));
  for (const child of children.toReversed()) if (child.stopFirst !== true) await stop(child);
  if (failures.length > 0) throw failures[0];
}

/** Walks through the child's stop steps until it is gone, then kills its whole process group. */
export async function stopRecordedChild(child: RecordedChild): Promise<void> {
  for (const { signal, patienceMs, toGroup } of child.stopSteps) {
    if (!signalRecorded(child, signal, toGroup === true)) return;
    if (await isGoneWithin(child, patienceMs)) return;
  }
  if (signalRecorded(child, 'SIGKILL', true)) await isGoneWithin(child, 5_000);
}

/** False if that process is gone: a pid is reused, so it is signalled only while its identity matches. */
function signalRecorded(child: RecordedChild, signal: NodeJS.Signals, toGroup: boolean): boolean {
  if (!isSameProcess(child)) return false;
  try {
    process.kill(toGroup ? -child.pid : child.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return isSameProcess(child);
    throw new Error(
      `can not stop ${child.name} (pid ${child.pid}): stop it by hand, or run this as its user`,
      {
        cause: error,
      },
    );
  }
}

async function isGoneWithin(child: RecordedChild, milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while (isSameProcess(child)) {
    if (Date.now() >= deadline) return false;
    await sleep(pollMs);
  }
  return true;
}
