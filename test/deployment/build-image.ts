import { projectRoot } from '../../src/config/project-root.ts';
import type { Workshop } from './images/base-image.ts';
import { IMAGE } from './steps/upgrade.ts';

const BUILD_MS = 900_000;
const MOST_MB = 350;
/** What is made here of Node and a few packages is smaller than the real base. */
const REAL_BASE_MB = 230;

/** As ops/Dockerfile says. @throws Error when the image has become too large */
export async function buildImage({ engine, say, signal }: Workshop, baseImage: string): Promise<string> {
  let told = Date.now();
  await engine.docker(['build', '--network', 'host', '--file', 'ops/Dockerfile', '--tag', IMAGE, '.'], {
    cwd: projectRoot(),
    env: { DOCKER_BUILDKIT: '1' },
    withinMs: BUILD_MS,
    signal,
    onLine: (line) => {
      if (Date.now() - told < 5_000) return;
      told = Date.now();
      say(`      ${line.slice(0, 120)}`);
    },
  });
  const sizeOf = async (image: string): Promise<number> =>
    Number(await engine.docker(['image', 'inspect', '--format', '{{.Size}}', image])) / 1e6;
  const [whole, base] = [await sizeOf(IMAGE), await sizeOf(baseImage)];
  const ours = whole - base;
  if (Math.max(whole, ours + REAL_BASE_MB) > MOST_MB)
    throw new Error(
      `the image has ${whole.toFixed(0)} MB, ${ours.toFixed(0)} of them ours: at most ${MOST_MB} in all`,
    );
  return `${whole.toFixed(0)} MB, of which ${ours.toFixed(0)} are ours and ${base.toFixed(0)} Node's`;
}
