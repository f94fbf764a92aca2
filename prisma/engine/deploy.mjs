// Applies the migrations that a database lacks, as `prisma migrate deploy` does and by the same engine: so a deployment
// needs neither Prisma's command line nor the studio and the servers that it brings along.
import { readdir, readFile } from 'node:fs/promises';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { checkConnection, createDatabase } from './database.mjs';
import { describeError } from './errors.mjs';
import { forgetUnfinished, NOTE_DONE } from './unfinished.mjs';
import { startWasmEngine } from './wasm-engine.mjs';

const folder = fileURLToPath(new URL('../migrations', import.meta.url));
const schema = fileURLToPath(new URL('../schema.prisma', import.meta.url));
const LOCK = 'migration_lock.toml';
/** Prisma's code for a database that is not there. */
const MISSING = 'P1003';

try {
  const url = process.env.DATABASE_URL;
  await checkConnection(url).catch(async (error) => {
    if (error.code !== MISSING) throw error;
    await createDatabase(url);
  });
  await forgetUnfinished(url);
  const alongside = `${await readAlongside()}\n;${NOTE_DONE}`;
  const engine = await startWasmEngine({ datamodelPaths: [schema], url, alongside });
  const { appliedMigrationNames } = await engine.applyMigrations({
    migrationsList: await readMigrations(),
    filters: { externalTables: [], externalEnums: [] },
  });
  for (const name of appliedMigrationNames) process.stdout.write(`${name}\n`);
  process.exit(0);
} catch (error) {
  const { error_code: code, message } = describeError(error);
  process.stderr.write(`${code === undefined ? '' : `${code}: `}${message}\n`);
  process.exit(1);
}

/** What each migration's transaction is to end with: our input. */
async function readAlongside() {
  let text = '';
  if (!process.stdin.isTTY) for await (const part of process.stdin.setEncoding('utf8')) text += part;
  return text;
}

async function readMigrations() {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const migrationDirectories = await Promise.all(
    names.toSorted().map(async (name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: {
          tag: /** @type {const} */ ('ok'),
          value: await readFile(`${folder}/${name}/migration.sql`, 'utf8'),
        },
      },
    })),
  );
  return {
    baseDir: folder,
    lockfile: { path: LOCK, content: await readFile(`${folder}/${LOCK}`, 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories,
  };
}
