import pg from 'pg';
import { inject } from 'vitest';

/** Keeps a copy of a database as it is, as a dump would; its clients lose their connections. */
export async function keepCopy(url: string): Promise<string> {
  const name = new URL(url).pathname.slice(1);
  const copy = `${name}_kept`;
  await asAdministrator(async (client) => {
    await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await hangUp(client, name);
    await client.query(`CREATE DATABASE ${copy} TEMPLATE ${name}`);
    await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await client.query(`ALTER DATABASE ${copy} ALLOW_CONNECTIONS true`);
  });
  return copy;
}

/** Puts a copy in the place of the database; what came after the copy is lost. The copy stays for another time. */
export async function putBack(url: string, copy: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await asAdministrator(async (client) => {
    await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${copy}`);
  });
}

export async function dropCopy(copy: string): Promise<void> {
  await asAdministrator((client) => client.query(`DROP DATABASE IF EXISTS ${copy} WITH (FORCE)`));
}

async function hangUp(client: pg.Client, name: string): Promise<void> {
  for (;;) {
    const { rowCount } = await client.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1',
      [name],
    );
    if (rowCount === 0) return;
  }
}

async function asAdministrator(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
