import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../../src/config/project-root.ts';
import { compose } from '../../ops/read-compose.ts';
import { makeImage, RECIPE, recipeOf, type BaseImage, type Workshop } from './base-image.ts';
import { unpackDebian } from './debian-files.ts';
import { nodeImage } from './node-image.ts';
import { postgresImage } from './postgres-image.ts';
import { prometheusImage } from './prometheus-image.ts';
import { temporalAdminImage, temporalServerImage, temporalUiImage } from './temporal-images.ts';

const PULL_MS = 300_000;
/** A registry that is not reached says so at once, or never. */
const FIRST_PULL_MS = 30_000;
const OURS = 'catalog-sync:local';

export interface Provided {
  /** What is here, and where it came from. */
  images: { name: string; from: string }[];
  /** Services whose image can neither be pulled nor made. */
  missing: string[];
}

/** Has every image that docker-compose.yml and ops/Dockerfile name: from its registry, or made of what is reached. */
export async function provideImages(workshop: Workshop): Promise<Provided> {
  const provided: Provided = { images: [], missing: [] };
  let registry: boolean | undefined;
  for (const name of wantedImages()) {
    const maker = makerOf(name, workshop);
    const label = ['image', 'inspect', '--format', `{{index .Config.Labels "${RECIPE}"}}`, name];
    const known = await workshop.engine.docker(label).then(
      (text) => text.trim().replace('<no value>', ''),
      () => undefined,
    );
    if (known === '' || (known !== undefined && maker && known === recipeOf(maker))) {
      provided.images.push({ name, from: known === '' || !maker ? 'its registry' : maker.madeOf });
      continue;
    }
    if (registry !== false)
      registry = await pulled(name, workshop, registry === undefined ? FIRST_PULL_MS : PULL_MS);
    if (registry) provided.images.push({ name, from: 'its registry' });
    else if (maker) {
      workshop.say(`making ${name}: ${maker.madeOf}`);
      await makeImage(workshop, maker, (root) => unpackDebian(workshop.cache, maker.packages, root));
      provided.images.push({ name, from: maker.madeOf });
    } else provided.missing.push(...servicesOf(name));
  }
  return provided;
}

function wantedImages(): string[] {
  const dockerfile = readFileSync(path.join(projectRoot(), 'ops/Dockerfile'), 'utf8');
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image = '']) => image);
  const images = Object.values(compose.services).map(({ image = '' }) => image);
  return [...new Set([...bases, ...images])].filter((image) => image !== OURS);
}

function servicesOf(image: string): string[] {
  return Object.entries(compose.services)
    .filter(([, service]) => service.image === image)
    .map(([name]) => name);
}

async function pulled(name: string, { engine, signal, say }: Workshop, withinMs: number): Promise<boolean> {
  try {
    await engine.docker(['pull', '--quiet', name], { withinMs, signal });
    return true;
  } catch (error) {
    if (signal.aborted) throw error;
    say(`no registry is reached: ${(error as Error).message.split('\n').at(-1)?.slice(0, 120)}`);
    return false;
  }
}

function makerOf(name: string, { cache }: Workshop): BaseImage | undefined {
  const makers: Record<string, (image: string, folder: string) => BaseImage> = {
    node: nodeImage,
    postgres: postgresImage,
    'temporalio/server': temporalServerImage,
    'temporalio/admin-tools': temporalAdminImage,
    'temporalio/ui': temporalUiImage,
    'prom/prometheus': prometheusImage,
  };
  return makers[name.slice(0, name.indexOf(':'))]?.(name, cache);
}
