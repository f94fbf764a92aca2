import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** Where packages put it; for many it is on no user's PATH. */
const FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin'];

/** The program of Varnish; undefined: it is not installed. */
export function findVarnish(searchPath = process.env['PATH'] ?? ''): string | undefined {
  return [...searchPath.split(path.delimiter), ...FOLDERS]
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, 'varnishd'))
    .find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
