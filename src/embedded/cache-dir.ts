import { existsSync } from 'node:fs';
import path from 'node:path';

/** Where downloaded programs are kept: CATALOG_SYNC_CACHE_DIR, else `.cache` beside the project's package.json. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const chosen = env['CATALOG_SYNC_CACHE_DIR'];
  if (chosen !== undefined && chosen !== '') return path.resolve(chosen);
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error('no package.json above this program: set CATALOG_SYNC_CACHE_DIR');
    folder = parent;
  }
  return path.join(folder, '.cache');
}
