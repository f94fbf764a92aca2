import type { KeyRing } from '../../access/secrets/key-ring.ts';
import type { Database } from '../../database/client.ts';
import { choosePort, loopback } from '../../process/ports.ts';
import type { StartContext } from '../embedded-parts.ts';
import { keepRunning } from '../keep-running.ts';
import {
  forgetDemoAddresses,
  noteDemoAddresses,
  ownDemoTenants,
  putBehindCache,
  takeFromCache,
} from './demo-storefronts.ts';
import { findVarnish } from './find-varnish.ts';
import { startVarnish, type Varnish } from './start-varnish.ts';

/** Varnish's own. */
const USUAL_PORT = 6081;

/** The cache before the demo storefront. */
export interface DemoCache {
  url: string;
  /** Whose storefronts are the two. */
  tenants: readonly string[];
  /** Starts it. Where it does not start, its tenants are left to the default storefront. @returns whether it runs */
  start(): Promise<boolean>;
  /** Of a tenant that was made since. */
  take(tenant: string): Promise<void>;
  /** For another try at other addresses: the storefronts are left as they are. */
  stop(): Promise<void>;
}

/**
 * Has the tenants told of the demo storefront and the cache before it, where Varnish is installed; else, and without any, as
 * if there were no cache. Before the worker runs: a message with the secret of the start before would be refused.
 *
 * @param tenants that may be told so; with `isWanted: false`, those that were are left to the default storefront again
 * @param secret of the demo storefront
 * @param ports that others are about to take
 */
export async function prepareDemoCache(
  context: Pick<StartContext, 'supervisor' | 'signal' | 'say'>,
  database: Database,
  keys: KeyRing,
  demo: {
    tenants: readonly string[];
    isWanted: boolean;
    shopUrl: string;
    secret: Buffer;
    ports: readonly number[];
  },
): Promise<DemoCache | undefined> {
  const { supervisor, signal, say } = context;
  const { dataDir } = supervisor;
  const { shopUrl, secret } = demo;
  const program = demo.isWanted ? findVarnish() : undefined;
  const tenants = program === undefined ? [] : await ownDemoTenants(database, dataDir, demo.tenants);
  if (program === undefined || tenants.length === 0) {
    await takeFromCache(database, dataDir, demo.tenants);
    return undefined;
  }
  const port = await choosePort({ name: 'Varnish', preferred: USUAL_PORT, except: demo.ports });
  const now = { shopUrl, cacheUrl: `http://${loopback}:${port}` };
  const put = (tenant: string) => putBehindCache(database, keys, { ...now, tenant, secret });
  await noteDemoAddresses(dataDir, now);
  const known = await database.tenant.findMany({ where: { id: { in: tenants } }, select: { id: true } });
  for (const { id } of known) await put(id);
  await forgetDemoAddresses(database, dataDir, { tenants: demo.tenants, now });
  const over = new AbortController();
  const running = AbortSignal.any([signal, over.signal]);
  const takeAway = () => takeFromCache(database, dataDir, demo.tenants);
  let varnish: Varnish | undefined;
  let starting: Promise<boolean> | undefined;
  let isGivenUp = false;
  const giveUp = async (why: string): Promise<void> => {
    isGivenUp = true;
    say(`the demo storefront has no cache before it: ${why}`);
    await takeAway();
  };
  const run = async (): Promise<Varnish> =>
    (varnish = await startVarnish({ program, port, shopUrl }, supervisor, running));
  const onGivenUp = (why: string): void => {
    giveUp(why).catch((error: unknown) => say((error as Error).message));
  };
  const start = async (): Promise<boolean> => {
    try {
      await keepRunning('Varnish', run, { say, signal: running, onGivenUp });
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if (!over.signal.aborted) await giveUp((error as Error).message);
      return false;
    }
  };
  return {
    ...{ url: now.cacheUrl, tenants },
    start: () => (starting = start()),
    async take(tenant) {
      if (!isGivenUp) await put(tenant);
      // It may have been given up meanwhile.
      if (isGivenUp) await takeAway();
    },
    async stop() {
      over.abort();
      await starting?.catch(() => false);
      await varnish?.stop();
    },
  };
}
