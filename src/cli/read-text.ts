import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { CommandError } from './errors.ts';

/** The text of a file that a command was given; "-" is stdin. @throws CommandError */
export async function readText(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandError(`The file ${JSON.stringify(file)} cannot be read: ${(error as Error).message}`);
  }
}
