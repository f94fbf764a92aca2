import { NativeConnection, Runtime } from '@temporalio/worker';
import pg from 'pg';
import { inject } from 'vitest';
import { createLogger, temporalLogger, type Level } from '../../src/telemetry/logger.ts';
import { watchText } from './kept-logs.ts';

/** What was logged from warnings up, a line each; on stderr instead when LOG_LEVEL asks for it. */
export const logged: string[] = [];
const MOST_LINES = 5_000;
watchText(
  'in-the-test',
  () => logged.join(''),
  () => (logged.length = 0),
);

export const log = createLogger({
  name: 'test',
  level: (process.env.LOG_LEVEL ?? 'warn') as Level,
  ...(process.env.LOG_LEVEL === undefined && {
    destination: { write: (line) => void (logged.length < MOST_LINES && logged.push(line)) },
  }),
});
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
