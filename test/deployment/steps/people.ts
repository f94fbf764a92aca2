import { parseSecret } from '../../../src/standard-webhooks/secret.ts';
import { SUPPLIERS } from '../../support/faults/product.ts';
import { UP_MS } from './bring-up.ts';
import type { World } from '../world.ts';

const STOREFRONT = 'http://demo-storefront:8090';

/** By commands in containers: an open tenant with the demo storefront, and open suppliers. */
export async function openTenant(world: World, tenant: string, skuPattern?: string): Promise<void> {
  const { deployment } = world;
  const why = ['--state', 'open', '--reason', 'deployment test'];
  const made = await deployment.cli('tenant', 'add', tenant, '--storefront', STOREFRONT, ...why);
  world.storefrontSecrets[tenant] = secretOf(made, tenant);
  const secrets: Record<string, Buffer> = {};
  for (const supplier of SUPPLIERS) {
    const pattern = skuPattern === undefined ? [] : ['--sku-pattern', skuPattern];
    const added = await deployment.cli('supplier', 'add', supplier, '--tenant', tenant, ...pattern, ...why);
    secrets[supplier] = parseSecret(secretOf(added, supplier));
  }
  world.suppliers[tenant] = secrets;
}

/** The demo storefront with the secrets of all tenants that there are. */
export async function startStorefront(world: World): Promise<string> {
  const { deployment } = world;
  world.token ||= secretOf(await deployment.cli('token', 'add', '--role', 'viewer'), 'the token');
  deployment.configure({
    STOREFRONT_CATALOG_TOKEN: world.token,
    STOREFRONT_SECRETS: JSON.stringify(world.storefrontSecrets),
  });
  await deployment.compose(
    ['--profile', 'demo', 'up', '--detach', '--no-build', '--no-deps', 'demo-storefront'],
    {
      withinMs: UP_MS,
    },
  );
  await deployment.healthy(['demo-storefront'], 120_000);
  return `tenants ${Object.keys(world.storefrontSecrets).join(', ')}; the demo storefront is healthy`;
}

function secretOf(answer: Record<string, unknown>, of: string): string {
  const found = [answer.secret, answer.token, answer.storefrontSecret].find(
    (value) => typeof value === 'string',
  );
  if (found === undefined)
    throw new Error(`${of}: no secret in the answer, which has ${Object.keys(answer).join(', ')}`);
  return found;
}
