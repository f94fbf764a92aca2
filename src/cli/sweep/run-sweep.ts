import { knownTenant, UnknownTenantError } from '../../database/known-tenant.ts';
import { sweepWorkflowId } from '../../domain/identity.ts';
import { secondsInWords } from '../../domain/span.ts';
import { planSweep } from '../../sweep/plan-sweep.ts';
import { requestSweep } from '../../sweep/request-sweep.ts';
import { withContext, type CliContext } from '../context.ts';
import { CommandError, usageError } from '../errors.ts';
import { actorOf, cliOrigin } from '../option-values.ts';
import { note, print, printJson } from '../output.ts';
import { followToItsEnd } from './follow.ts';
import { wayInWords } from './words.ts';

export interface SweepOptions {
  tenant?: string;
  repair?: true;
  dryRun?: true;
  rate?: number;
  actor?: string;
}

/** `sweep` without a subcommand: says what a sweep would do, or starts one and follows it. */
export async function runSweep(options: SweepOptions, json: boolean): Promise<void> {
  const { tenant, rate } = options;
  if (tenant === undefined) throw usageError('--tenant is missing: whose items?');
  const repair = options.repair === true;
  await withContext(async (context) => {
    const database = await context.database();
    await knownTenant(database, tenant).catch((error: unknown) => {
      throw error instanceof UnknownTenantError ? usageError(error.message) : error;
    });
    if (options.dryRun === true) {
      await sayPlan(context, { tenant, rate, repair }, json);
      return;
    }
    const running = await database.sweep.findFirst({ where: { tenantId: tenant, repair, state: 'running' } });
    const id = await requestSweep(database, {
      tenant,
      repair,
      rate,
      requestedBy: actorOf(options),
      origin: cliOrigin(),
    });
    if (running?.id === id) note(`A sweep of ${tenant} that does the same runs already; following it.`);
    const { namespace, uiUrl } = await context.temporal();
    const workflow = encodeURIComponent(sweepWorkflowId(id));
    note(`sweep ${id}: ${uiUrl}/namespaces/${namespace}/workflows/${workflow}`);
    await followToItsEnd(database, id, json);
  });
}

async function sayPlan(
  context: CliContext,
  { tenant, rate, repair }: { tenant: string; rate: number | undefined; repair: boolean },
  json: boolean,
): Promise<void> {
  const { defaultStorefrontUrl } = context;
  const plan = await planSweep(await context.database(), { tenant, rate, defaultStorefrontUrl });
  if (!plan)
    throw new CommandError(`Tenant ${tenant} has no storefront address; \`tenant set\` gives it one.`);
  if (json) printJson({ dryRun: true, repair, ...plan });
  else {
    print(
      `A sweep would ask for ${plan.asked} of ${plan.items} items of ${tenant}, ${wayInWords(plan)}.\n` +
        `It takes about ${secondsInWords(plan.seconds)} if the storefront answers at once` +
        `${repair ? ', and then as long as publishing anew what differs' : ''}.`,
    );
  }
  note('dry run; nothing was changed');
}
