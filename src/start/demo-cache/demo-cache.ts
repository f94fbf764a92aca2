import type { KeyRing } from '../../access/secrets/key-ring.ts';
import type { Database } from '../../database/client.ts';
import { choosePort, loopback } from '../../process/ports.ts';
import type { StartContext } from '../embedded-parts.ts';
import { keepRunning, type Part } from '../keep-running.ts';
import { noteDemoAddresses, ownDemoTenants, putBehindCache, takeFromCache } from './demo-storefronts.ts';
import { findVarnish } from './find-varnish.ts';
import { startVarnish } from './start-varnish.ts';

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
}

/**
 * Has the tenants told of the demo storefront and the cache before it, where Varnish is installed; else, and without any, as
 * if there were no cache. Before the worker runs: a message with the secret of the start before would be refused.
 *
 * @param secret of the demo storefront
 */
export async function prepareDemoCache(
  context: StartContext,
  database: Database,
  keys: KeyRing,
  { tenants: wanted, shopUrl, secret }: { tenants: readonly string[]; shopUrl: string; secret: Buffer },
): Promise<DemoCache | undefined> {
  const { supervisor, signal, say } = context;
  const { dataDir } = supervisor;
  const program = wanted.length > 0 ? findVarnish() : undefined;
  const tenants = program === undefined ? [] : await ownDemoTenants(database, dataDir, wanted);
  if (program === undefined || tenants.length === 0) {
    await takeFromCache(database, dataDir, wanted);
    return undefined;
  }
  const port = await choosePort({ name: 'Varnish', preferred: USUAL_PORT });
  const cacheUrl = `http://${loopback}:${port}`;
  const take = (tenant: string) => putBehindCache(database, keys, { tenant, shopUrl, cacheUrl, secret });
  await noteDemoAddresses(dataDir, { shopUrl, cacheUrl });
  const known = await database.tenant.findMany({ where: { id: { in: tenants } }, select: { id: true } });
  for (const { id } of known) await take(id);
  return {
    ...{ url: cacheUrl, tenants, take },
    async start() {
      try {
        const run = (): Promise<Part> => startVarnish({ program, port, shopUrl }, supervisor, signal);
        await keepRunning('Varnish', run, { ...context, onGivenUp: say });
        return true;
      } catch (error) {
        signal.throwIfAborted();
        say(`the demo storefront has no cache before it: ${(error as Error).message}`);
        await takeFromCache(database, dataDir, tenants);
        return false;
      }
    },
  };
}
