import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { ProcessRole } from '../database/roles.ts';
import { allowSignIns, signInUrls, type DatabaseUrls } from '../database/sign-ins.ts';

const FILE = 'postgres-roles.json';
const schema = z.object({ server: z.string(), worker: z.string(), operator: z.string() });

/** Gives each process an address of its own at the embedded PostgreSQL; the passwords stay in the data folder. */
export async function ownAddresses(superuserUrl: string, dataDir: string): Promise<DatabaseUrls> {
  const passwords = await readPasswords(path.join(dataDir, FILE));
  await allowSignIns(superuserUrl, passwords);
  return signInUrls(superuserUrl, passwords);
}

/** A PostgreSQL of the operator's own: there every process signs in as DATABASE_URL says. */
export function sameAddress(url: string): DatabaseUrls {
  return { server: url, worker: url, operator: url };
}

/** Those that are lost or damaged are made anew: nobody else knows them. */
async function readPasswords(file: string): Promise<Record<ProcessRole, string>> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    const made = { server: newPassword(), worker: newPassword(), operator: newPassword() };
    await writeFile(`${file}.new`, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
    return made;
  }
}

function newPassword(): string {
  return randomBytes(24).toString('hex');
}
