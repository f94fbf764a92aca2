import { promisesOf } from '../../storefronts/check/promises.ts';
import { runPromises } from '../../storefronts/check/run-promises.ts';
import { openKept } from '../../storefronts/kept-storefront.ts';
import { withContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { note, print, printJson, wantsColour } from '../output.ts';
import { renderPromise } from './render-promise.ts';

/** Tries out what a storefront promises, and tells of each promise as it ends. */
export async function runCheck(name: string, tenant: string, json: boolean): Promise<void> {
  await withContext(async (context) => {
    const database = await context.database();
    const stored = await database.storefront.findUnique({
      where: { tenantId_name: { tenantId: tenant, name } },
    });
    if (!stored) throw new CommandError(`Tenant ${tenant} has no storefront ${name}.`);
    const opened = await openKept(stored, await context.keyRing());
    const target = { ...opened, name, tenant, database, nowSeconds: Date.now() / 1000 };
    const colour = wantsColour(process.stdout);
    const found = { ok: 0, failed: 0, skipped: 0 };
    for await (const result of runPromises(promisesOf(stored.kind), target)) {
      const { promise, ...outcome } = result;
      found[outcome.status] += 1;
      if (json) printJson({ promise: promise.id, name: promise.name, ...outcome });
      else print(renderPromise(result, { colour }));
    }
    note(`${found.ok} kept, ${found.failed} broken, ${found.skipped} skipped.`);
    if (found.failed > 0) process.exitCode = 1;
  });
}
