import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { run } from '../engine/run.ts';

const BUILD_MS = 1_200_000;

export interface GoProgram {
  /** Its module and package, e.g. `go.temporal.io/server/cmd/server`. */
  package: string;
  version: string;
}

/**
 * Builds a program from the Go module proxy, once; without C, so that it runs in any image.
 *
 * @returns the program
 * @throws Error that says that Go is not here, or what the build said
 */
export async function goProgram(cache: string, program: GoProgram, signal?: AbortSignal): Promise<string> {
  const folder = path.join(cache, 'go-bin', `${program.package.replaceAll('/', '_')}@${program.version}`);
  const built = path.join(folder, path.posix.basename(program.package));
  if (existsSync(built)) return built;
  mkdirSync(folder, { recursive: true });
  await run('go', ['install', '-ldflags=-s -w', `${program.package}@${program.version}`], {
    env: { GOBIN: folder, GOPATH: goPath(cache), GOFLAGS: '-trimpath -modcacherw', CGO_ENABLED: '0' },
    withinMs: BUILD_MS,
    signal,
  });
  return built;
}

/** The sources of a module that was built from. */
export function goSources(cache: string, module: string, version: string): string {
  return path.join(goPath(cache), 'pkg/mod', `${module}@${version}`);
}

const goPath = (cache: string): string => path.join(cache, 'go');
