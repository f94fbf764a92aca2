import { until } from '../../support/until.ts';
import type { Container } from '../deployment.ts';
import { standingServices, type World } from '../world.ts';
import { beginFeed } from './feed-under-way.ts';
import { UP_MS } from './bring-up.ts';

export const KILL_TENANT = 'kills';
const BACK_MS = 120_000;
/** Each runs again before the next one goes. */
const KILLED = ['worker', 'server', 'temporal', 'postgres', 'prometheus'];

/** Kills one container of each service while a feed flows, by the signal that no program hears. */
export async function killEach(world: World): Promise<string> {
  const { deployment, events, workshop } = world;
  const services = KILLED.filter((service) => !world.provided.missing.includes(service));
  const feed = await beginFeed(world, KILL_TENANT, events);
  try {
    for (const [index, service] of services.entries()) {
      const at = Math.floor((events * (index + 0.5)) / (services.length + 1.5));
      const standing = await feed.untilDecided(at);
      const victim = (await deployment.containers(service)).find(({ running }) => running);
      if (!victim) throw new Error(`no ${service} runs`);
      workshop.say(
        `      ${service} is killed: ${standing.decided} decided, ${standing.undecided} not yet, ${standing.sending} being told`,
      );
      process.kill(victim.pid, 'SIGKILL');
      await until(() => hasComeBack(world, victim), BACK_MS, 200);
    }
    await deployment.healthy(standingServices(world), UP_MS);
    const { events: kept, answers } = await feed.end();
    return `${services.join(', ')} killed one after the other: ${kept} events, 0 lost, 0 twice with other content (answers: ${answers})`;
  } finally {
    feed.stop();
  }
}

async function hasComeBack({ deployment }: World, { id, service, restarts }: Container): Promise<boolean> {
  const now = (await deployment.containers(service)).find((one) => one.id === id);
  return now !== undefined && now.restarts > restarts && now.running;
}
