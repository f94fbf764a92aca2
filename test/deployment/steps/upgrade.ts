import { useImage, type Release } from '../build-image.ts';
import { PROJECT, SCALED } from '../deployment.ts';
import type { World } from '../world.ts';
import { bringUp } from './bring-up.ts';
import { beginFeed } from './feed-under-way.ts';

export const UPGRADE_TENANT = 'upgrade';
export const ROLLBACK_TENANT = 'rollback';
export const AGAIN_TENANT = 'again';

/** `up` with another image while events are in flight: setup runs again, and every container is another one. */
export async function changeImage(world: World, to: Release, tenant: string): Promise<string> {
  const { deployment, events } = world;
  const count = Math.max(200, Math.floor(events / 4));
  const before = await deployment.containers();
  const feed = await beginFeed(world, tenant, count);
  try {
    const standing = await feed.untilDecided(Math.floor(count * 0.2));
    const since = String(Date.now() / 1_000 - 1);
    await useImage(world.workshop, to);
    await bringUp(world, SCALED);
    const { events: kept, answers } = await feed.end();
    const after = await deployment.containers();
    for (const service of ['setup', 'worker', 'server']) {
      const old = new Set(before.filter((one) => one.service === service).map(({ image }) => image));
      const stale = after.some((one) => one.service === service && old.has(one.image));
      if (stale) throw new Error(`${service} still has the image of before`);
    }
    const ends = await endsSince(world, since);
    const hard = ends.filter(({ exitCode }) => exitCode !== 0);
    if (hard.length > 0)
      throw new Error(
        `ended other than in order: ${hard.map(({ service, exitCode }) => `${service} with ${exitCode}`).join(', ')}`,
      );
    return `with ${standing.undecided} events undecided: setup, 3 workers and 2 servers replaced, ${ends.length} old ones ended with 0; ${kept} events, 0 lost, 0 twice with other content (answers: ${answers})`;
  } finally {
    feed.stop();
  }
}

/** How our containers ended, as the engine noted it. */
async function endsSince(
  { deployment }: World,
  since: string,
): Promise<{ service: string; exitCode: number }[]> {
  const lines = await deployment.engine.docker([
    ...['events', '--since', since, '--until', String(Date.now() / 1_000)],
    ...['--filter', 'event=die', '--filter', `label=com.docker.compose.project=${PROJECT}`],
    ...[
      '--format',
      '{{index .Actor.Attributes "com.docker.compose.service"}} {{.Actor.Attributes.exitCode}}',
    ],
  ]);
  return lines
    .split('\n')
    .filter((line) => /^(?:worker|server) /.test(line))
    .map((line) => ({ service: line.split(' ')[0] ?? '', exitCode: Number(line.split(' ')[1]) }));
}
