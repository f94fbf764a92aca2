import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { cacheDir } from '../../src/embedded/cache-dir.ts';
import { NOTE_SECOND_DECISIONS, STOP_NOTING_SECOND_DECISIONS } from '../support/faults/second-decisions.ts';
import { buildFormerImage, buildImage, useImage } from './build-image.ts';
import { formerRelease } from '../support/system/former-release.ts';
import { deploy, SCALED, SINGLE } from './deployment.ts';
import { findEngine } from './engine/find-engine.ts';
import { provideImages } from './images/provide-images.ts';
import { roundRobin } from './round-robin.ts';
import type { Steps } from './steps.ts';
import { bringUp, checkOrder } from './steps/bring-up.ts';
import { downAndUp, LATER_TENANT } from './steps/down-and-up.ts';
import { KILL_TENANT, killEach } from './steps/kill.ts';
import { lookAtConsole, lookAtPrometheus, lookAtWebUi } from './steps/look.ts';
import { openTenant, startStorefront } from './steps/people.ts';
import { SAMPLE_SKU_PATTERN, SAMPLE_TENANT, sendSample } from './steps/sample.ts';
import { AGAIN_TENANT, changeImage, ROLLBACK_TENANT, UPGRADE_TENANT } from './steps/upgrade.ts';
import { openView } from './view.ts';
import type { World } from './world.ts';

/** Containers' networks: Docker takes them from these. */
const CONTAINER_NETWORKS = '172.16.0.0/12,192.168.0.0/16';

/**
 * Runs docker-compose.yml for real, from images to volumes, and takes everything away again.
 *
 * @throws what the first failed step threw
 */
export async function runDeployment(
  { step, say }: Steps,
  options: { events: number; seed: number; signal: AbortSignal },
): Promise<void> {
  const { events, seed, signal } = options;
  const cache = path.join(cacheDir(), 'deployment');
  mkdirSync(cache, { recursive: true });
  const endings: (() => Promise<unknown>)[] = [];
  const world = { events, seed, token: '', storefrontSecrets: {}, suppliers: {} } as unknown as World;
  const alive = async (name: string, work: () => Promise<string>): Promise<void> => {
    signal.throwIfAborted();
    await step(name, work);
  };
  try {
    await alive('container engine', async () => {
      const engine = await findEngine(path.join(cache, 'docker'), say);
      endings.push(() => engine.close());
      world.workshop = { engine, cache, signal, say: (line) => say(line) };
      return engine.what;
    });
    await alive('base images', async () => {
      world.provided = await provideImages(world.workshop);
      const { images, missing } = world.provided;
      const made = images.map(({ name, from }) => `${name} (${from})`).join(', ');
      return missing.length === 0 ? made : `${made}; could not: ${missing.join(', ')}`;
    });
    await alive('image', () => buildImage(world.workshop, world.provided.images[0]?.name ?? ''));
    const former = formerRelease.version;
    await alive('image of the release before', () => buildFormerImage(world.workshop));
    await alive(
      `up, of ${former}: PostgreSQL, Temporal, setup, 3 workers, 2 servers, Prometheus`,
      async () => {
        await useImage(world.workshop, 'former');
        const deployment = await deploy(world.workshop.engine, cache, signal);
        endings.push(() => deployment.remove());
        world.deployment = deployment;
        world.proxy = await roundRobin(() => deployment.ports.servers);
        endings.push(() => world.proxy.close());
        deployment.configure({
          OUTGOING_ALLOW: CONTAINER_NETWORKS,
          ALLOWED_HOSTS: `server:8080,127.0.0.1:${world.proxy.port}`,
        });
        const up = await bringUp(world, SCALED);
        await checkOrder(world);
        world.view = await openView(deployment, `http://127.0.0.1:${world.proxy.port}`);
        endings.push(() => world.view.close());
        return up;
      },
    );
    await alive('tenants, suppliers and a storefront, by `run --rm cli`', async () => {
      await world.view.sql(NOTE_SECOND_DECISIONS);
      await openTenant(world, SAMPLE_TENANT, SAMPLE_SKU_PATTERN);
      for (const tenant of [UPGRADE_TENANT, ROLLBACK_TENANT, AGAIN_TENANT, KILL_TENANT, LATER_TENANT])
        await openTenant(world, tenant);
      return startStorefront(world);
    });
    await alive(`upgrade from ${former}`, () => changeImage(world, 'this', UPGRADE_TENANT));
    await alive(`back to ${former}`, () => changeImage(world, 'former', ROLLBACK_TENANT));
    await alive('and to this one again', () => changeImage(world, 'this', AGAIN_TENANT));
    await alive('scale to 1 worker and 1 server', () => bringUp(world, SINGLE));
    await alive('`run --rm cli doctor`', async () => {
      // It would tell of what is not the product's.
      await world.view.sql(STOP_NOTING_SECOND_DECISIONS);
      await world.deployment.compose(['run', '--rm', '--no-deps', '-T', 'cli', 'doctor'], {
        withinMs: 120_000,
      });
      await world.view.sql(NOTE_SECOND_DECISIONS);
      return 'every check passed';
    });
    await alive('the sample feed, signed, from outside', () => sendSample(world));
    await alive('console', () => lookAtConsole(world));
    await alive('Temporal Web UI', () => lookAtWebUi(world));
    await alive('metrics and alerts', () => lookAtPrometheus(world, { workers: 1, servers: 1 }));
    await alive('scale to 3 workers and 2 servers', async () => {
      await bringUp(world, SCALED);
      return lookAtPrometheus(world, { workers: 3, servers: 2 });
    });
    await alive(`kill of one of each, in a feed of ${events} events`, () => killEach(world));
    await alive('down, and up on the same volumes', () => downAndUp(world));
  } catch (error) {
    if (!signal.aborted) await tellLogs(world, say);
    throw error;
  } finally {
    say('taking everything away');
    for (let end = endings.pop(); end; end = endings.pop())
      await end().catch((error: unknown) => say(`      ${(error as Error).message}`));
  }
}

/** What its own programs said last. */
async function tellLogs({ deployment }: World, say: (line: string) => void): Promise<void> {
  const args = ['logs', '--no-color', '--tail', '12', 'setup', 'worker', 'server', 'temporal', 'postgres'];
  const logs = await deployment?.compose(args, { withinMs: 30_000 }).catch((error: Error) => error.message);
  for (const line of logs?.split('\n') ?? []) say(`  | ${line.slice(0, 300)}`);
}
