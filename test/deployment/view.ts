import pg from 'pg';
import { openDatabase } from '../../src/database/client.ts';
import type { LoggedRequest } from '../../src/demo-storefront/request-log.ts';
import type { FaultProduct } from '../support/faults/product.ts';
import type { Observed } from '../support/faults/oracle.ts';
import type { Deployment } from './deployment.ts';

/** What an onlooker with access to the database reads of a deployment. */
export interface View extends Observed, Pick<FaultProduct, 'apiUrl'> {
  /** What the storefront has heard until now; the oracle reads it from here. */
  readRequests(): Promise<void>;
  close(): Promise<void>;
}

/** Asks the database by its address in the containers' network, which the host reaches and nobody else. */
export async function openView(deployment: Deployment, apiUrl: string): Promise<View> {
  const [postgres] = await deployment.containers('postgres');
  const password = deployment.secret('postgres_password');
  const url = `postgresql://postgres:${password}@${postgres?.address}:5432/catalog_sync`;
  const database = openDatabase(url, { connections: 4 });
  const pool = new pg.Pool({
    connectionString: url,
    max: 2,
    connectionTimeoutMillis: 5_000,
    query_timeout: 20_000,
  });
  pool.on('error', () => undefined);
  const storefrontUrl = `http://127.0.0.1:${deployment.ports.storefront}`;
  let heard: LoggedRequest[] = [];
  return {
    apiUrl,
    database,
    storefrontUrl,
    sql: async <Row extends pg.QueryResultRow>(statement: string, values: unknown[] = []) =>
      (await pool.query<Row>(statement, values)).rows,
    storefront: { requests: { after: () => heard } },
    async readRequests() {
      heard = [];
      for (;;) {
        const answer = await fetch(`${storefrontUrl}/requests?after=${heard.at(-1)?.seq ?? 0}`);
        const { more, requests } = (await answer.json()) as { more: boolean; requests: LoggedRequest[] };
        heard.push(...requests);
        if (!more) return;
      }
    },
    async close() {
      await Promise.allSettled([database.$disconnect(), pool.end()]);
    },
  };
}
