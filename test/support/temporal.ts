import { NativeConnection, Runtime } from '@temporalio/worker';
import pg from 'pg';
import { inject } from 'vitest';
import { createLogger, temporalLogger, type Level } from '../../src/telemetry/logger.ts';

export const log = createLogger({ level: (process.env.LOG_LEVEL ?? 'silent') as Level, name: 'test' });
Runtime.install({ logger: temporalLogger(log) });

/** A namespace of one's own on the test run's Temporal server. */
export async function testTemporal(): Promise<{
  connection: NativeConnection;
  namespace: string;
  close(): Promise<void>;
}> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  const { rows } = await client.query<{ no: string }>("SELECT nextval('test_namespace') AS no");
  await client.end();
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  return { connection, namespace: `test-${rows[0]?.no}`, close: () => connection.close() };
}
