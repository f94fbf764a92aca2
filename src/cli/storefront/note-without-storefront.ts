import type { CliContext } from '../context.ts';
import { note } from '../output.ts';

/** Says so where a tenant is left to a default storefront that nobody knows of here; the workers may. */
export async function noteWithoutStorefront(context: CliContext, tenant: string): Promise<void> {
  if (context.defaultStorefrontUrl !== undefined) return;
  const database = await context.database();
  if ((await database.storefront.count({ where: { tenantId: tenant } })) > 0) return;
  note(
    `${tenant} is left to the default storefront, and none is known here: unless the workers have one (STOREFRONT_URL and ` +
      'STOREFRONT_SECRET), what is new of it waits for a day and is given up then. ' +
      `\`catalog-sync tenant set ${tenant} --storefront URL\` gives it an address again.`,
  );
}
