import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseSecret } from '../../standard-webhooks/secret.ts';
import { CommandError, usageError } from '../errors.ts';

/** Where the secret is looked for without `--secret-file`. Never an argument: those are everybody's to read. */
export const SECRET_VARIABLE = 'CATALOG_SECRET';

/**
 * The signing secret, from a file, from stdin (`-`), or from the environment.
 *
 * @throws CommandError that never quotes it
 */
export async function readSecret(file: string | undefined, environment = process.env): Promise<Buffer> {
  const given = file === undefined ? environment[SECRET_VARIABLE] : await contentsOf(file);
  if (given === undefined || given.trim() === '') {
    throw usageError(
      `No signing secret: set ${SECRET_VARIABLE}, or give --secret-file with its file, or with "-" for stdin.`,
    );
  }
  try {
    return parseSecret(given.trim());
  } catch (error) {
    throw usageError(`The signing secret cannot be used: ${(error as Error).message}.`);
  }
}

async function contentsOf(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandError(`The file of the secret cannot be read: ${(error as Error).message}`);
  }
}
