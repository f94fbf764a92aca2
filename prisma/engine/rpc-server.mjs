import { createInterface } from 'node:readline';
import { createDatabase } from './database.mjs';
import { describeError } from './errors.mjs';
import { startWasmEngine } from './wasm-engine.mjs';

/** JSON-RPC's number for "the method failed", as the native engine uses it; the details are in `data`. */
const METHOD_FAILED = 4466;

/**
 * Answers JSON-RPC requests, one a line and one after another, until the input ends.
 *
 * @param {{
 *   datamodelPaths: string[], url: string | undefined, input: NodeJS.ReadableStream, output: NodeJS.WritableStream
 * }} options
 */
export async function serve({ datamodelPaths, url, input, output }) {
  const call = createMethods(() => startWasmEngine({ datamodelPaths, url }));
  const send = (/** @type {object} */ message) =>
    output.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    const request = line.trim() === '' ? {} : JSON.parse(line);
    // A line without a method is Prisma's answer to `print`.
    if (request.method === undefined) continue;
    try {
      const result = await call(request.method, request.params ?? {});
      if (typeof result?.stdout === 'string') {
        send({ id: 'print', method: 'print', params: { content: result.stdout } });
      }
      send({ id: request.id, result: result ?? null });
    } catch (error) {
      const data = describeError(error);
      send({ id: request.id, error: { code: METHOD_FAILED, message: data.message, data } });
    }
  }
}

/**
 * The native engine's methods on top of the wasm engine's.
 * `evaluateDataLoss` and `createMigration` compare with what the migrations make of an empty database. The wasm engine
 * knows that only from an earlier diagnosis of the very same migrations, and fails after new ones were applied; so it
 * is told to diagnose again first. `migrate deploy` calls neither, and needs no shadow database.
 *
 * @param {() => Promise<any>} startEngine
 */
function createMethods(startEngine) {
  /** @type {Promise<any> | undefined} */
  let started;
  let diagnosed = false;

  return async (/** @type {string} */ method, /** @type {any} */ params) => {
    if (method === 'createDatabase') return { databaseName: await createDatabase(params.datasource?.url) };
    const engine = await (started ??= startEngine());
    if (method === 'getDatabaseVersion') return engine.version();
    if (typeof engine[method] !== 'function') throw new Error(`The schema engine has no method ${method}.`);

    if ((method === 'evaluateDataLoss' || method === 'createMigration') && !diagnosed) {
      const { migrationsList, filters } = params;
      await engine.diagnoseMigrationHistory({ migrationsList, filters, optInToShadowDatabase: true });
      diagnosed = true;
    }
    const result = await engine[method](params);
    if (method === 'devDiagnostic') diagnosed = true;
    if (method === 'applyMigrations' && result.appliedMigrationNames.length > 0) diagnosed = false;
    return result;
  };
}
