import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Docker } from '../engine/docker.ts';
import { run } from '../engine/run.ts';

/** An image that docker-compose.yml or ops/Dockerfile names, and what stands in for it where no registry is reached. */
export interface BaseImage {
  /** As it is named there. */
  name: string;
  /** In a few words, for the table. */
  madeOf: string;
  /** Debian packages of its file system. */
  packages: readonly string[];
  /** Dockerfile instructions: ENV, USER, ENTRYPOINT, … */
  config: readonly string[];
  /** Puts in what is not Debian's. */
  fill(root: string): Promise<void>;
}

export interface Workshop {
  engine: Docker;
  /** Kept between runs, outside what Git tracks. */
  cache: string;
  signal: AbortSignal;
  say(line: string): void;
}

/** The label of images that were made here: by what. */
export const RECIPE = 'catalog-sync.recipe';

/** Another one for an image that is to be made anew. */
export function recipeOf({ madeOf, packages, config }: BaseImage): string {
  return createHash('sha256')
    .update(JSON.stringify([madeOf, packages, config]))
    .digest('hex');
}

/** Makes an image of a file system, and gives it what `docker import` cannot say. */
export async function makeImage(
  { engine, cache, signal }: Workshop,
  image: BaseImage,
  unpack: (root: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(path.join(cache, 'image-'));
  try {
    const root = path.join(folder, 'root');
    await unpack(root);
    await image.fill(root);
    const tar = path.join(folder, 'root.tar');
    await run('tar', ['--numeric-owner', '--owner=0', '--group=0', '-C', root, '-cf', tar, '.'], { signal });
    const files = `${image.name}-files`;
    await engine.docker(['import', tar, files], { signal });
    const context = path.join(folder, 'context');
    mkdirSync(context);
    const lines = [`FROM ${files}`, `LABEL ${RECIPE}=${recipeOf(image)}`, ...image.config];
    writeFileSync(path.join(context, 'Dockerfile'), `${lines.join('\n')}\n`);
    await engine.docker(['build', '--quiet', '--tag', image.name, context], {
      signal,
      env: { DOCKER_BUILDKIT: '1' },
    });
    await engine.docker(['image', 'rm', files], { signal });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
