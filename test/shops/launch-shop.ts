import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLines, logSize, readLog } from '../../src/embedded/log-file.ts';
import type { Supervisor } from '../../src/embedded/supervisor.ts';
import type { PartRun } from '../support/faults/parts.ts';

const READY_WITHIN_MS = 240_000;

/** Starts a shop, and waits until it answers. @throws Error with the last that it said */
export async function launchShop(
  supervisor: Supervisor,
  shop: { name: string; args: readonly string[]; cwd: string; env: Record<string, string>; readyUrl: string },
): Promise<PartRun> {
  const logFile = path.join(supervisor.dataDir, 'logs', `${shop.name}.log`);
  const logStart = logSize(logFile);
  const { pid, exited, stop, isAlive } = supervisor.spawn(shop.name, process.execPath, shop.args, {
    ...{ cwd: shop.cwd, logFile },
    env: { ...process.env, ...shop.env },
    stopSteps: [{ signal: 'SIGTERM', patienceMs: 10_000 }],
  });
  const end = Date.now() + READY_WITHIN_MS;
  const answers = (): Promise<boolean> =>
    fetch(shop.readyUrl, { signal: AbortSignal.timeout(5_000) }).then(
      ({ status }) => status < 500,
      () => false,
    );
  while (!(await answers())) {
    if (!isAlive() || Date.now() > end) {
      await stop();
      throw new Error(
        `${shop.name} did not come up: ${lastLines(readLog(logFile, logStart), 10)}\n(${logFile})`,
      );
    }
    await sleep(500);
  }
  return { pid, exited, stop };
}
