import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import {
  GATE_REFUSED,
  type ApprovedTrace,
  type ApproveTraceCommand,
  type GateCommandRef,
  type GateSampled,
  type OpenCanaryCommand,
  type OpenedCanary,
  type WidenedSupplier,
  type WidenSupplierCommand,
} from '../src/domain/gate-command.ts';
import { withoutStack } from '../src/domain/without-stack.ts';
import { forgetOldFiles } from '../src/feed/run/forget-old-files.ts';
import { approveTrace } from '../src/gate/approve-trace.ts';
import { GateRefused } from '../src/gate/carry-out.ts';
import { readGiven } from '../src/gate/given-commands.ts';
import { openCanary } from '../src/gate/open-canary.ts';
import { sampleTenants, type Sampled } from '../src/gate/sample-tenants.ts';
import { DEFAULT_GATE_SETTINGS, pauseAfter } from '../src/gate/settings.ts';
import { readSampledTenants } from '../src/gate/sampled-tenants.ts';
import { widenSupplier } from '../src/gate/widen-supplier.ts';
import { probeStorefronts } from '../src/signals/probe/probe-storefronts.ts';
import { rollUpSamples } from '../src/signals/roll-up-samples.ts';
import { databaseFailure, retriedDatabaseFailure } from './database-failure.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** What the launch gate's workflows need of the database and the storefronts. */
export function gateActivities(dependencies: ActivityDependencies) {
  const { database, defaultStorefront, openSecret, log } = dependencies;
  const settings = dependencies.gate ?? DEFAULT_GATE_SETTINGS;

  async function sample(tenants: readonly string[]): Promise<Sampled[]> {
    const probing = {
      ...{ tenants, defaultStorefrontUrl: defaultStorefront?.url, openSecret },
      withinMs: PROBE_WITHIN_MS,
    };
    // Without it the other signals still say what they say.
    await probeStorefronts(database, probing).catch((error: unknown) =>
      log.warn({ error }, 'the storefronts could not be probed'),
    );
    return sampleTenants(database, tenants, { settings });
  }

  return {
    /** Samples a tenant in canary: one round of its gate. */
    async sampleGate(tenant: string): Promise<GateSampled> {
      const began = Date.now();
      const [sampled] = await inDatabase('sample gate', () => sample([tenant]));
      if (!sampled || sampled.failure !== undefined) {
        throw retriedDatabaseFailure('sample gate', sampled?.failure);
      }
      return {
        state: sampled.state,
        says: inWords(sampled),
        pauseMs: pauseAfter(settings, Date.now() - began),
      };
    },

    /** Samples every open tenant at once. @returns tenants in canary whose own gate does not sample them */
    async sampleOpenTenants(): Promise<string[]> {
      return inDatabase('sample open tenants', async () => {
        const { open, abandoned } = await readSampledTenants(database, settings);
        for (const { tenant, failure } of await sample(open)) {
          if (failure !== undefined) log.error({ error: failure, tenant }, 'a tenant could not be sampled');
        }
        return abandoned;
      });
    },

    /** Folds old samples, in small steps, and forgets the files of old runs of feeds. */
    async rollUpSamples(): Promise<void> {
      const context = Context.current();
      const onBatch = (): void => {
        context.cancellationSignal.throwIfAborted();
        context.heartbeat();
      };
      await rollUpSamples(database, { onBatch });
      onBatch();
      await forgetOldFiles(database);
    },

    openCanary: (ref: GateCommandRef): Promise<OpenedCanary> =>
      obey('open canary', async () =>
        openCanary(database, await readGiven<OpenCanaryCommand>(database, 'openCanary', ref), settings),
      ),

    widenSupplier: (ref: GateCommandRef): Promise<WidenedSupplier> =>
      obey('widen supplier', async () =>
        widenSupplier(
          database,
          settings,
          await readGiven<WidenSupplierCommand>(database, 'widenSupplier', ref),
        ),
      ),

    approveTrace: (ref: GateCommandRef): Promise<ApprovedTrace> =>
      obey('approve trace', async () =>
        approveTrace(database, await readGiven<ApproveTraceCommand>(database, 'approveTrace', ref)),
      ),
  };
}

/** A round of probing ends within so long, whatever the storefronts do. */
const PROBE_WITHIN_MS = 10_000;

async function obey<T>(step: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GateRefused) {
      // An answer, not a fault: the worker's log says nothing of it, and no metric counts it.
      throw withoutStack(
        ApplicationFailure.create({
          message: error.message,
          type: GATE_REFUSED,
          nonRetryable: true,
          details: [...error.missing],
          category: ApplicationFailureCategory.BENIGN,
        }),
      );
    }
    throw databaseFailure(step, error);
  }
}

/** A gate that ended would not look again. */
async function inDatabase<T>(step: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw retriedDatabaseFailure(step, error);
  }
}

function inWords({ state, signals }: Sampled): string {
  if (state === 'closed') return '**closed**: nothing is sampled.';
  return signals.map(({ signal, verdict, reason }) => `- ${signal} **${verdict}**: ${reason}`).join('\n');
}
