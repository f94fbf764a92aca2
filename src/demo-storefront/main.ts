import { exposureWarning } from '../config/exposed-host.ts';
import { closeGently } from '../process/close-gently.ts';
import { listenPatiently } from '../process/ports.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createCatalogClient } from './catalog-client.ts';
import { createDemoStorefront } from './create-demo-storefront.ts';
import { readSettings, type DemoStorefrontSettings } from './settings.ts';

const USAGE = 2;

async function run(settings: DemoStorefrontSettings): Promise<void> {
  const log = createLogger({ level: settings.logLevel, name: 'demo-storefront' });
  const warning = exposureWarning({ HOST: settings.host });
  if (warning !== undefined) log.warn({ host: settings.host }, warning);
  const storefront = createDemoStorefront({
    secrets: settings.secrets,
    ...createCatalogClient(settings.catalogUrl, settings.catalogToken),
    log,
  });

  let stopped = false;
  const stop = (why: string): void => {
    if (stopped) return;
    stopped = true;
    log.info({ why }, 'stopping');
    closeGently(storefront).then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'could not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // A parent that died cannot stop us any more, and would find the port taken at its next start.
  process.on('disconnect', () => stop('the parent is gone'));

  try {
    const { host, port } = settings;
    await listenPatiently({ host, port }, () => storefront.listen({ host, port }));
  } catch (error) {
    log.fatal({ err: error }, 'could not listen');
    process.exit(1);
  }
  const address = storefront.server.address();
  const port = typeof address === 'object' && address ? address.port : settings.port;
  process.send?.({ type: 'listening', port });
}

try {
  await run(readSettings(process.env));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(USAGE);
}
