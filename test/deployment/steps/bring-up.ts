import type { Container } from '../deployment.ts';
import { standingServices, type World } from '../world.ts';

/** With several servers and workers, what has to be there first is awaited for minutes on a slow machine. */
export const UP_MS = 420_000;

/** `up` as docs/running.md has it, for what images are here. */
export async function bringUp(
  { deployment, provided }: Pick<World, 'deployment' | 'provided'>,
  more: string[] = [],
): Promise<string> {
  const services = standingServices({ provided });
  await deployment.compose(['up', '--detach', '--no-build', ...more, ...services], { withinMs: UP_MS });
  await deployment.healthy(services, UP_MS);
  return `${services.join(', ')}: healthy, in their order`;
}

/** What ran before what, as the containers themselves say. @throws Error when something began too early or failed */
export async function checkOrder({ deployment }: Pick<World, 'deployment'>): Promise<void> {
  const found = await deployment.containers();
  const of = (service: string): Container => {
    const one = found.find((container) => container.service === service);
    if (!one) throw new Error(`${service} was not started`);
    return one;
  };
  for (const once of ['temporal-schema', 'temporal-namespace', 'setup']) {
    const { running, exitCode } = of(once);
    if (running || exitCode !== 0)
      throw new Error(`${once} ${running ? 'still runs' : `ended with ${exitCode}`}`);
  }
  const ended = (service: string): number => of(service).finishedAt.getTime();
  const begun = (service: string): number => of(service).startedAt.getTime();
  const order: [string, number, string, number][] = [
    ['temporal-schema', ended('temporal-schema'), 'temporal', begun('temporal')],
    ['temporal-namespace', ended('temporal-namespace'), 'setup', begun('setup')],
    ['setup', ended('setup'), 'worker', begun('worker')],
    ['setup', ended('setup'), 'server', begun('server')],
  ];
  for (const [first, end, second, begin] of order)
    if (end > begin) throw new Error(`${second} began before ${first} had ended`);
}
