import { NamedClient } from './named-client.ts';
import { PROCESS_ROLES, roleName, type ProcessRole } from './roles.ts';

/** Lets the roles of processes sign in, each with its password, as a superuser or whoever made the roles may. */
export async function allowSignIns(
  databaseUrl: string,
  passwords: Readonly<Record<ProcessRole, string>>,
): Promise<void> {
  const client = new NamedClient({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const role of PROCESS_ROLES) {
      const password = client.escapeLiteral(passwords[role]);
      await client.query(`ALTER ROLE ${roleName(role)} LOGIN PASSWORD ${password}`);
    }
  } finally {
    await client.end();
  }
}

/** Where each process finds a database. */
export type DatabaseUrls = Readonly<Record<ProcessRole, string>>;

/** The addresses of all, each as the role that signs in there. */
export function signInUrls(
  databaseUrl: string,
  passwords: Readonly<Record<ProcessRole, string>>,
): DatabaseUrls {
  return {
    server: signInUrl(databaseUrl, 'server', passwords.server),
    worker: signInUrl(databaseUrl, 'worker', passwords.worker),
    operator: signInUrl(databaseUrl, 'operator', passwords.operator),
  };
}

/** The same database, as one of the roles that sign in. */
export function signInUrl(databaseUrl: string, role: ProcessRole, password: string): string {
  const url = new URL(databaseUrl);
  url.username = roleName(role);
  url.password = encodeURIComponent(password);
  return url.href;
}
