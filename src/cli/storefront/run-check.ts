import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../database/client.ts';
import { itemIdOf } from '../../domain/identity.ts';
import { normalizeSku } from '../../domain/normalize.ts';
import { beginStorefrontCall, endStorefrontTurn, takeStorefrontTurn } from '../../ledger/storefront-turn.ts';
import { exitCodeOf, stopSignal } from '../../process/stop-signal.ts';
import { isKind } from '../../storefront/kinds/index.ts';
import { ANSWER_WITHIN_MS } from '../../storefronts/check/checked-storefront.ts';
import { needItem, promisesOf } from '../../storefronts/check/promises.ts';
import { runPromises } from '../../storefronts/check/run-promises.ts';
import { openKept } from '../../storefronts/kept-storefront.ts';
import { withContext } from '../context.ts';
import { CommandError, usageError } from '../errors.ts';
import { note, print, printJson, wantsColour } from '../output.ts';
import { renderPromise } from './render-promise.ts';

/** How long a call holds its turn though nobody says that it is over, in ms: a little longer than it may take. */
const HOLD_MS = ANSWER_WITHIN_MS + 5_000;
const LOOK_AGAIN_MS = 1_000;

/** Tries out what a storefront promises, and tells of each promise as it ends. */
export async function runCheck(
  name: string,
  { tenant, sku }: { tenant: string; sku?: string },
  json: boolean,
): Promise<void> {
  await withContext(async (context) => {
    const database = await context.database();
    const stored = await database.storefront.findUnique({
      where: { tenantId_name: { tenantId: tenant, name } },
    });
    if (!stored) throw new CommandError(`Tenant ${tenant} has no storefront ${name}.`);
    const { kind, state } = stored;
    if (!isKind(kind)) throw new CommandError(`This version knows no storefronts of kind ${kind}.`);
    const promises = promisesOf(kind);
    if (needItem(promises)) await checkItem(database, { tenant, kind, state, sku });
    else if (sku !== undefined)
      throw usageError(`A storefront of kind ${kind} needs no item: leave out --sku.`);
    const opened = await openKept(stored, await context.keyRing());
    const { signal } = stopSignal();
    const target = {
      ...{ ...opened, name, tenant, database, signal, nowSeconds: Date.now() / 1000 },
      ...(sku !== undefined && { sku }),
      ...(opened.storefront.limits && { takeTurn: () => takeTurn(database, { tenant, storefront: name }) }),
    };
    const colour = wantsColour(process.stdout);
    const found = { ok: 0, failed: 0, skipped: 0 };
    for await (const result of runPromises(promises, target)) {
      const { promise, ...outcome } = result;
      found[outcome.status] += 1;
      if (json) printJson({ promise: promise.id, name: promise.name, ...outcome });
      else print(renderPromise(result, { colour }));
    }
    note(`${found.ok} kept, ${found.failed} broken, ${found.skipped} skipped.`);
    if (found.failed > 0) process.exitCode = 1;
    if (signal.aborted) process.exitCode = exitCodeOf(signal);
  });
}

/** Writes go to an item that was made for them, or to none. @throws CommandError */
async function checkItem(
  database: Pick<Database, 'catalogItem'>,
  of: { tenant: string; kind: string; state: string; sku: string | undefined },
): Promise<void> {
  const { tenant, kind, state, sku } = of;
  if (sku === undefined)
    throw usageError(
      `A shop of kind ${kind} is tried out on an item of its own: make one there that nobody can buy, and name its SKU by --sku.`,
    );
  const itemId = itemIdOf(tenant, normalizeSku(sku));
  if (state === 'closed' || !(await database.catalogItem.findUnique({ where: { itemId } }))) return;
  throw new CommandError(
    `${itemId} is an item of the catalog: what is published of it meanwhile would be lost. Name another one, or close the storefront for as long as the check takes.`,
  );
}

/** Its limits hold for workers and for the check together. */
async function takeTurn(
  database: Database,
  turnOf: { tenant: string; storefront: string },
): Promise<() => Promise<void>> {
  for (;;) {
    const taken = await takeStorefrontTurn(database, turnOf, HOLD_MS);
    if ('turn' in taken) {
      await beginStorefrontCall(database, turnOf);
      return () => endStorefrontTurn(database, turnOf, taken.turn);
    }
    await sleep(Math.max(1, Math.min(taken.waitMs, LOOK_AGAIN_MS)));
  }
}
