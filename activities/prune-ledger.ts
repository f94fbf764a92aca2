import { CancelledFailure, Context } from '@temporalio/activity';
import { cutoffOf } from '../src/retention/cutoff.ts';
import { ArchiveError } from '../src/retention/archive.ts';
import { PruneUnderWay, withoutErased } from '../src/retention/prune-run.ts';
import { prunedTonight } from '../src/retention/pruned-tonight.ts';
import { pruneTenant } from '../src/retention/prune-tenant.ts';
import { retriedDatabaseFailure } from './database-failure.ts';
import type { ActivityDependencies } from './dependencies.ts';

const DAY_SECONDS = 86_400;
const ACTOR = 'retention';

/** Prunes every tenant's ledger by the worker's retention. It may be ended between any two steps, and begun again. */
export function pruneLedgerActivity({ pruner: database, log, retention }: ActivityDependencies) {
  /** @returns what was done, for people who look at the workflow */
  return async function pruneLedger(): Promise<string> {
    if (!retention || !database) return 'RETENTION_DAYS is not set: nothing is pruned.';
    const context = Context.current();
    const { cancellationSignal: signal } = context;
    const told: string[] = [];
    try {
      const cutoff = await cutoffOf(database, retention.days * DAY_SECONDS);
      const rows = await database.tenant.findMany({ select: { id: true }, orderBy: { id: 'asc' } });
      const tenants = await withoutErased(
        database,
        rows.map(({ id }) => id),
      );
      const done = await prunedTonight(database, ACTOR);
      for (const tenant of tenants) {
        if (done.has(tenant)) {
          told.push(`${tenant}: pruned before`);
          continue;
        }
        const pruned = await pruneTenant(
          database,
          { tenant, cutoff, actor: ACTOR },
          {
            archiveDir: retention.archiveDir,
            signal,
            onStep: () => context.heartbeat(),
          },
        ).catch((error: unknown) => {
          // Others are not to wait for a tenant that a person is at.
          if (error instanceof PruneUnderWay) return error;
          throw error;
        });
        if (pruned instanceof PruneUnderWay) {
          log.warn({ tenant, reason: pruned.message }, 'not pruned');
          told.push(`${tenant}: not pruned`);
          continue;
        }
        log.info({ ...pruned }, 'pruned');
        told.push(`${tenant}: ${pruned.events} events`);
        signal.throwIfAborted();
      }
    } catch (error) {
      if (error instanceof CancelledFailure) throw error;
      // People have to read it: the disk, or the folder, is theirs to mend.
      log.error(
        { error },
        error instanceof ArchiveError ? 'the archive cannot be written' : 'the prune failed',
      );
      throw retriedDatabaseFailure('prune ledger', error);
    }
    return told.join(', ');
  };
}
