import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withoutSecrets } from '../../config/secret-settings.ts';
import { lastLines, logSize, readLog } from '../../embedded/log-file.ts';
import type { Supervisor } from '../../embedded/supervisor.ts';
import { loopback } from '../../process/ports.ts';
import type { Part } from '../keep-running.ts';
import { ownAnswer, untilReady } from '../own-answer.ts';
import { shopVcl } from './shop-vcl.ts';

const READY_WITHIN_MS = 30_000;
const LAST_LINES = 5;

/** A folder of each run is in it. Nothing of it outlives a start. */
const folderIn = (dataDir: string): string => path.join(dataDir, 'varnish');

export interface Varnish extends Part {
  stop(): Promise<void>;
}

/** Starts Varnish before the demo storefront, and waits until it answers. @throws Error with the last it said */
export async function startVarnish(
  { program, port, shopUrl }: { program: string; port: number; shopUrl: string },
  supervisor: Supervisor,
  signal: AbortSignal,
): Promise<Varnish> {
  const parent = folderIn(supervisor.dataDir);
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(path.join(parent, 'run-'));
  const file = path.join(folder, 'shop.vcl');
  const instance = randomUUID();
  await writeFile(file, shopVcl(shopUrl, instance));
  const logFile = path.join(supervisor.dataDir, 'logs', 'varnish.log');
  const logStart = logSize(logFile);
  const child = supervisor.spawn(
    'varnish',
    program,
    [
      ...['-n', path.join(folder, 'work'), '-a', `${loopback}:${port}`, '-T', 'none', '-f', file],
      ...['-s', 'malloc,32m', '-j', 'none', '-F'],
    ],
    { cwd: folder, env: withoutSecrets(process.env), logFile },
  );
  const exited = child.exited.then(async (how) => {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    return how;
  });
  // Whatever it answers: the shop behind it may not be there yet.
  const isReady = async () =>
    (await ownAnswer(`http://${loopback}:${port}/`, instance, 'HEAD')) !== undefined;
  try {
    await untilReady(child, isReady, {
      name: 'Varnish',
      withinMs: READY_WITHIN_MS,
      lastWords: () => `${lastLines(readLog(logFile, logStart), LAST_LINES)}\n(${logFile})`,
      signal,
    });
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { exited, stop: () => child.stop() };
}

/** Takes away what runs of it wrote, once all have ended. */
export async function removeVarnish(dataDir: string): Promise<void> {
  await rm(folderIn(dataDir), { recursive: true, force: true });
}
