import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../src/config/project-root.ts';
import { formerRelease, noFormerRelease, unpackFormerRelease } from '../support/system/former-release.ts';
import type { Workshop } from './images/base-image.ts';

const BUILD_MS = 900_000;
const MOST_MB = 350;
/** What is made here of Node and a few packages is smaller than the real base. */
const REAL_BASE_MB = 230;

/** What compose runs. */
const RUN = 'catalog-sync:local';
const IMAGES = { this: 'catalog-sync:this', former: 'catalog-sync:former' } as const;
export type Release = keyof typeof IMAGES;

/** From now on compose runs that one. */
export async function useImage({ engine }: Pick<Workshop, 'engine'>, release: Release): Promise<void> {
  await engine.docker(['tag', IMAGES[release], RUN]);
}

/** As ops/Dockerfile says. @throws Error when the image has become too large */
export async function buildImage(workshop: Workshop, baseImage: string): Promise<string> {
  await build(workshop, projectRoot(), ['--file', 'ops/Dockerfile', '--tag', IMAGES.this]);
  const [whole, base] = [await megabytesOf(workshop, IMAGES.this), await megabytesOf(workshop, baseImage)];
  const ours = whole - base;
  if (Math.max(whole, ours + REAL_BASE_MB) > MOST_MB)
    throw new Error(
      `the image has ${whole.toFixed(0)} MB, ${ours.toFixed(0)} of them ours: at most ${MOST_MB} in all`,
    );
  return `${whole.toFixed(0)} MB, of which ${ours.toFixed(0)} are ours and ${base.toFixed(0)} Node's`;
}

/** Of its commit, by its own Dockerfile. Where the clone lacks that, this one with a label, which compose takes for another. */
export async function buildFormerImage(workshop: Workshop): Promise<string> {
  const context = mkdtempSync(path.join(workshop.cache, 'former-'));
  try {
    if (noFormerRelease === undefined) {
      unpackFormerRelease(context);
      await build(workshop, context, ['--file', 'ops/Dockerfile', '--tag', IMAGES.former]);
      const megabytes = await megabytesOf(workshop, IMAGES.former);
      return `${formerRelease.version} (${formerRelease.commit.slice(0, 7)}), ${megabytes.toFixed(0)} MB`;
    }
    writeFileSync(
      path.join(context, 'Dockerfile'),
      `FROM ${IMAGES.this}\nLABEL catalog-sync.second=${Date.now()}\n`,
    );
    await build(workshop, context, ['--tag', IMAGES.former]);
    return `could not: ${noFormerRelease}; a second image of this one stands for it`;
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

async function build(
  { engine, say, signal }: Workshop,
  folder: string,
  more: readonly string[],
): Promise<void> {
  let told = Date.now();
  await engine.docker(['build', '--network', 'host', ...more, '.'], {
    cwd: folder,
    env: { DOCKER_BUILDKIT: '1' },
    withinMs: BUILD_MS,
    signal,
    onLine: (line) => {
      if (Date.now() - told < 5_000) return;
      told = Date.now();
      say(`      ${line.slice(0, 120)}`);
    },
  });
}

async function megabytesOf({ engine }: Workshop, image: string): Promise<number> {
  return Number(await engine.docker(['image', 'inspect', '--format', '{{.Size}}', image])) / 1e6;
}
