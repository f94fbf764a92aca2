import type { Database, Transaction } from './client.ts';
import { roleName } from './roles.ts';

/** A statement has to be done before its transaction is given up, in ms. */
const GIVEN_UP_AFTER_MS = 20_000;
const WAITS_FOR_A_CONNECTION_MS = 5_000;

type Options = Parameters<Database['$transaction']>[1];
type Work = (transaction: Transaction) => Promise<unknown>;

/**
 * A database in which there is one tenant only, or one supplier of it: every statement runs in a transaction of the role
 * `tenant` or `supplier`, for which
 * PostgreSQL's own policies leave out the rows of all others, whatever the statement asks for. That costs three short
 * round trips a statement, or two a transaction, so what is on an event's way does not go through here.
 *
 * A list of statements is no transaction here: give `$transaction` a function.
 */
export function forTenant(database: Database, tenant: string, supplier?: string): Database {
  const role = roleName(supplier === undefined ? 'tenant' : 'supplier');
  const within = (work: Work, options: Options = {}): Promise<unknown> =>
    database.$transaction(
      async (transaction) => {
        await transaction.$executeRaw`
          SELECT set_config('role', ${role}, true), set_config('catalog_sync.tenant', ${tenant}, true),
                 set_config('catalog_sync.supplier', ${supplier ?? ''}, true)`;
        return work(transaction);
      },
      { maxWait: WAITS_FOR_A_CONNECTION_MS, timeout: GIVEN_UP_AFTER_MS, ...options },
    );
  const bound = database.$extends({
    query: {
      $allOperations: ({ model, operation, args }) =>
        within((transaction) => {
          const all = transaction as unknown as Record<string, Operations>;
          const target = model === undefined ? (all as unknown as Operations) : all[firstLower(model)];
          const given = isUnsafe(operation) ? (args as unknown[]) : [args];
          const begun = target?.[operation]?.(...given);
          if (!begun) throw new Error(`no operation ${operation}`);
          return begun;
        }),
    },
    client: { $transaction: within },
  });
  return bound as unknown as Database;
}

type Operations = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** They take a text and its values, the others one argument. */
function isUnsafe(operation: string): boolean {
  return operation === '$queryRawUnsafe' || operation === '$executeRawUnsafe';
}

function firstLower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
