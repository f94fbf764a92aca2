import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { PROCESS_ROLES, type ProcessRole } from '../database/roles.ts';
import { allowSignIns, signInUrl } from '../database/sign-ins.ts';

/** Where each process finds the database. */
export type DatabaseUrls = Readonly<Record<ProcessRole, string>>;

const FILE = 'postgres-roles.json';
const schema = z.object({ server: z.string(), worker: z.string(), operator: z.string() });

/** Gives each process an address of its own at the embedded PostgreSQL; the passwords stay in the data folder. */
export async function ownAddresses(superuserUrl: string, dataDir: string): Promise<DatabaseUrls> {
  const passwords = await readPasswords(path.join(dataDir, FILE));
  await allowSignIns(superuserUrl, passwords);
  return addresses((role) => signInUrl(superuserUrl, role, passwords[role]));
}

/** A PostgreSQL of the operator's own: there every process signs in as DATABASE_URL says. */
export function sameAddress(url: string): DatabaseUrls {
  return addresses(() => url);
}

function addresses(of: (role: ProcessRole) => string): DatabaseUrls {
  return Object.fromEntries(PROCESS_ROLES.map((role) => [role, of(role)])) as DatabaseUrls;
}

/** One that is lost or damaged is made anew: nobody else knows these passwords. */
async function readPasswords(file: string): Promise<Record<ProcessRole, string>> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    const made = addresses(() => randomBytes(24).toString('hex'));
    await writeFile(`${file}.new`, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
    return made;
  }
}
