import path from 'node:path';
import { createProgressLine } from '../process/progress-line.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSignInLink } from '../access/tickets.ts';
import { parseAddressRanges } from '../config/address-ranges.ts';
import { httpAddress } from '../config/http-address.ts';
import type { Settings } from '../config/settings.ts';
import { openDatabase, type Database } from '../database/client.ts';
import { migrate } from '../database/migrate.ts';
import { beginGeneration } from '../ledger/generation.ts';
import { readOutcomes } from '../ledger/outcomes.ts';
import { watchNpm } from '../embedded/parent-watch.ts';
import { startedOnPort } from '../embedded/started-on-port.ts';
import { openSupervisor, type Supervisor } from '../embedded/supervisor.ts';
import { allowOutgoing } from '../outgoing/allowed.ts';
import { osUser } from '../process/os-user.ts';
import { stopSignal, stopped } from '../process/stop-signal.ts';
import { SAMPLE_TENANT } from './sample-feed/sample-feed.ts';
import { SAMPLES } from './sample-feed/samples.ts';
import { SUMMED_SKU, SUMMED_TENANT } from './sample-feed/summed-story.ts';
import type { KeyRing } from '../access/secrets/key-ring.ts';
import { loadSecretsKeys } from '../access/secrets/load-keys.ts';
import { requireKeys } from '../access/secrets/require-keys.ts';
import { newSecret } from '../standard-webhooks/secret.ts';
import { allowedAddresses } from './allowed-addresses.ts';
import { postgresFor, temporalFor, type StartContext } from './embedded-parts.ts';
import { prepareDemoCache, type DemoCache } from './demo-cache/demo-cache.ts';
import { removeVarnish } from './demo-cache/start-varnish.ts';
import { isPutBack, markDataFolder, markPlace, refuseOtherDataFolder } from './data-folder.ts';
import { outcomeTable } from './outcome-table.ts';
import { holdPorts } from './held-ports.ts';
import { choosePorts } from './ports.ts';
import { startPrograms } from './programs.ts';
import { ownAddresses, sameAddress } from './sign-ins.ts';
import { sendSampleOnce } from './sample.ts';

/** How long the table of outcomes waits for the sample feed, in ms. */
const LONGEST_WAIT_MS = 180_000;

export interface StartOptions {
  settings: Settings;
  sample: boolean;
  /** To people, while it works. */
  say: (line: string) => void;
  /** The result. */
  print: (text: string) => void;
}

/**
 * Everything on one machine, until Ctrl-C or SIGTERM: PostgreSQL, Temporal, server, worker, demo storefront, and at
 * the first start the sample feed. A part that dies is started again.
 *
 * @throws when another version made the data folder, a part cannot be started, or one ends again and again
 */
export async function runStart(options: StartOptions): Promise<void> {
  const { settings, say } = options;
  if (settings.DATABASE_URL === undefined) await refuseOtherDataFolder(settings.DATA_DIR);
  const { signal, stop } = stopSignal();
  const supervisor = await openSupervisor(settings.DATA_DIR);
  // A start-up that hangs must not outlive Ctrl-C: children that are stopped make what waits for them fail.
  signal.addEventListener('abort', () => void supervisor.stopAll(), { once: true });
  const endWatch = watchNpm(() => stop('npm was killed'));
  let givenUp: string | undefined;
  const onGivenUp = (why: string): void => {
    givenUp = why;
    stop(why);
  };
  let database: Database | undefined;
  try {
    // A start that was killed left it; what ran there is stopped by now.
    await removeVarnish(supervisor.dataDir);
    const heldPorts = await holdPorts(settings);
    database = await bringUp(options, { settings, supervisor, signal, say, onGivenUp, heldPorts });
    await stopped(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    if (signal.aborted) say('\nstopping everything');
    stop('the end');
    endWatch();
    await database?.$disconnect();
    await supervisor.close();
    await removeVarnish(supervisor.dataDir);
  }
  if (givenUp !== undefined) throw new Error(givenUp);
  say(`stopped; the data stays in ${settings.DATA_DIR}`);
}

async function bringUp(
  { settings, sample, say, print }: StartOptions,
  context: StartContext,
): Promise<Database> {
  const { supervisor, signal } = context;
  const begun = Date.now();
  if (settings.DATABASE_URL === undefined) await markDataFolder(supervisor.dataDir);
  const secretsKeys = await loadSecretsKeys({
    settings: { ...settings, DATA_DIR: supervisor.dataDir },
    create: true,
  });
  say('starting PostgreSQL and Temporal');
  const [databaseUrls, temporal] = await Promise.all([
    postgresFor(context).then(async (url) => {
      await migrate(url);
      return settings.DATABASE_URL === undefined ? ownAddresses(url, supervisor.dataDir) : sameAddress(url);
    }),
    temporalFor(context),
  ]);
  signal.throwIfAborted();
  const database = openDatabase(databaseUrls.operator, { role: 'operator', connections: 4 });
  await requireKeys(database, secretsKeys);
  if (settings.DATABASE_URL === undefined) await noticeBackup(database, supervisor.dataDir, say);
  say('starting server, worker and demo storefront');
  let outgoingAllow = '';
  const demoTenants = SAMPLES.map(({ tenant }) => tenant);
  const { ports, cache } = await startedOnPort(async () => {
    await context.heldPorts.letGo('PORT', 'STOREFRONT_PORT', 'METRICS_PORT');
    const chosen = await choosePorts(settings);
    const shopUrl = httpAddress(settings.HOST, chosen.storefront);
    outgoingAllow = await allowedAddresses(settings, shopUrl);
    allowOutgoing(parseAddressRanges(outgoingAllow) ?? []);
    const secret = newSecret();
    const demoShop = {
      ...{ tenants: demoTenants, isWanted: sample, shopUrl, secret },
      ports: Object.values<number>({ ...chosen }),
    };
    const before = await prepareDemoCache(context, database, secretsKeys, demoShop);
    const demo = { secret, tenants: before?.tenants ?? [] };
    const places = { databaseUrls, temporal, secretsKeys, outgoingAllow, demo };
    const programs = startPrograms(context, chosen, places, database).catch(async (error: unknown) => {
      await before?.stop();
      throw error;
    });
    // It waits for nobody, and nobody for it.
    const [isCached] = await Promise.all([before?.start(), programs]);
    return { ports: chosen, cache: isCached === true ? before : undefined };
  });
  const apiUrl = httpAddress(settings.HOST, ports.api);
  const storefrontUrl = httpAddress(settings.HOST, ports.storefront);
  supervisor.record({
    urls: {
      database: databaseUrls.operator,
      temporal: temporal.address,
      temporalUi: temporal.uiUrl,
      api: apiUrl,
      storefront: storefrontUrl,
      ...(cache && { cache: cache.url }),
    },
    ports: { ...ports },
    namespace: temporal.namespace,
    outgoingAllow,
  });
  if (sample) await runSample({ supervisor, database, secretsKeys, apiUrl, signal, cache });
  const item = await database.catalogItem.findFirst({
    where: { tenantId: SAMPLE_TENANT },
    orderBy: { sku: 'asc' },
  });
  const summed = await database.catalogItem.findFirst({
    where: { tenantId: SUMMED_TENANT, sku: SUMMED_SKU },
  });
  if (sample) print(outcomeTable(await readOutcomes(database, SAMPLE_TENANT)));
  const page = item ? `products/${encodeURIComponent(item.itemId).replace('%3A', ':')}` : '';
  print(
    [
      '',
      `console          ${await createSignInLink(database, settings.PUBLIC_URL ?? apiUrl, osUser())}`,
      `                 (signs you in once; \`npx catalog-sync console\` prints another)`,
      `API              ${apiUrl}`,
      `Temporal Web UI  ${temporal.uiUrl}/namespaces/${temporal.namespace}/workflows`,
      `product page     ${storefrontUrl}/${page}`,
      ...(cache ? [`through a cache  ${cache.url}/${page}  (Varnish)`] : []),
      `metrics          ${httpAddress(settings.HOST, ports.serverMetrics)}/metrics and :${ports.workerMetrics}/metrics`,
      '',
      `Why does an item show its quantity?  npx catalog-sync trace ${item?.sku ?? 'SKU'}`,
      ...(summed ? [`And one of several suppliers?        npx catalog-sync trace ${summed.sku}`] : []),
      '',
    ].join('\n'),
  );
  say(`ready after ${((Date.now() - begun) / 1000).toFixed(1)} s; Ctrl-C stops everything`);
  return database;
}

/** Before anybody tells a storefront anything. */
async function noticeBackup(database: Database, dataDir: string, say: (line: string) => void): Promise<void> {
  if (await isPutBack(dataDir)) {
    await beginGeneration(database, {
      actor: osUser(),
      reason: `${path.join(dataDir, 'postgres')} is another folder than at the last start.`,
    });
    say('the data folder was put back or copied: every storefront is swept, see docs/backup.md');
  }
  await markPlace(dataDir);
}

async function runSample(options: {
  supervisor: Supervisor;
  database: Database;
  secretsKeys: KeyRing;
  apiUrl: string;
  signal: AbortSignal;
  cache: DemoCache | undefined;
}): Promise<void> {
  const { supervisor, database, signal, cache } = options;
  const progress = createProgressLine();
  await sendSampleOnce({
    ...options,
    dataDir: supervisor.dataDir,
    onTenant: async (tenant) => {
      if (cache?.tenants.includes(tenant)) await cache.take(tenant);
    },
    onProgress: (done, total) => progress.update(() => `sending the sample feed: ${done} of ${total}`),
  });
  progress.end();
  // Those of a former start that was cut off too; but people get their addresses even if a storefront is down.
  const tenants = SAMPLES.map(({ tenant }) => tenant);
  const total = await database.supplierEvent.count({ where: { tenantId: { in: tenants } } });
  for (const end = Date.now() + LONGEST_WAIT_MS; Date.now() < end;) {
    signal.throwIfAborted();
    const outcomes = await Promise.all(tenants.map((tenant) => readOutcomes(database, tenant)));
    const underWay = outcomes.reduce((sum, one) => sum + one.underWay, 0);
    progress.update(() => `events through their workflows: ${total - underWay} of ${total}`);
    if (underWay === 0) break;
    await sleep(200, undefined, { signal });
  }
  progress.end();
}
