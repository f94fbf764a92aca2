import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import { createAdapterFactory } from './adapter.mjs';
import { connectionSettings } from './connection.mjs';
import './panic-registry.mjs';

/**
 * Starts the wasm engine. It asks the database for its version at once, so it needs one even to compare two files.
 *
 * @param {{ datamodelPaths: string[], url: string | undefined, alongside?: string }} options `alongside`: what each script's
 *   transaction ends with
 * @returns {Promise<import('@prisma/schema-engine-wasm').SchemaEngine>}
 */
export async function startWasmEngine({ datamodelPaths, url, alongside }) {
  await instantiate();
  const datamodels = await Promise.all(
    datamodelPaths.map(
      async (path) => /** @type {[string, string]} */ ([path, await readFile(path, 'utf8')]),
    ),
  );
  const adapter = bindMigrationAwareSqlAdapterFactory(
    /** @type {any} */ (createAdapterFactory(connectionSettings(url), alongside)),
  );
  return bindings.SchemaEngine.new(
    { datamodels: datamodels.length === 0 ? undefined : datamodels },
    (/** @type {string} */ line) => process.stderr.write(`${line.trimEnd()}\n`),
    adapter,
  );
}

// The package's own entry imports the .wasm file as a module, which Node does only behind a flag.
async function instantiate() {
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const bytes = await readFile(entry.replace(/\.js$/, '.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, {
    './schema_engine_bg.js': /** @type {any} */ (bindings),
  });
  bindings.__wbg_set_wasm(instance.exports);
  /** @type {any} */ (instance.exports).__wbindgen_start();
}
