import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum, DriverAdapterError } from '@prisma/driver-adapter-utils';
import pg from 'pg';

/** PostgreSQL's type numbers: the one-byte "char" of its catalog tables, and text. */
const CHAR_OID = 18;
const TEXT_OID = 25;

/** PostgreSQL's code for a lock that did not come in time. */
const LOCKED = '55P03';
/** Behind a script that waits for a table, whoever else wants it waits too: so it waits for so long, and lets them pass. */
const LOCK_WITHIN = '3s';
const PAUSE_MS = 3_000;
/** As long as most copies of a database take. */
const MOST_TRIES = 100;

/**
 * The database access of the wasm schema engine: `@prisma/adapter-pg` with its gaps for migrations closed.
 *
 * @param {import('pg').PoolConfig} settings
 * @param {string} [alongside] what each script's transaction ends with
 */
export function createAdapterFactory(settings, alongside) {
  return {
    provider: /** @type {const} */ ('postgres'),
    adapterName: '@prisma/adapter-pg',
    connect: () => openAdapter(settings, alongside),
    connectToShadowDb: () => openShadowAdapter(settings),
  };
}

/**
 * @param {import('pg').PoolConfig} settings
 * @param {string} [alongside]
 */
async function openAdapter(settings, alongside = '') {
  const pool = new pg.Pool(settings);
  const factory = new PrismaPg(pool, { disposeExternalPool: true });
  const adapter = /** @type {any} */ (await factory.connect());
  return Object.assign(adapter, {
    queryRaw: queryRawWithChar(adapter),
    executeScript: executeWholeScript(adapter, pool, alongside),
  });
}

/** @param {import('pg').PoolConfig} settings */
async function openShadowAdapter(settings) {
  const main = await openAdapter(settings);
  const database = `prisma_migrate_shadow_db_${randomUUID()}`;
  await main.executeScript(`CREATE DATABASE "${database}"`);
  const shadow = await openAdapter({ ...settings, database });
  const closeShadow = shadow.dispose.bind(shadow);
  return Object.assign(shadow, {
    dispose: async () => {
      await closeShadow();
      // FORCE: a session that is still ending would make a plain DROP fail and leave the database behind.
      await main.executeScript(`DROP DATABASE "${database}" WITH (FORCE)`);
      await main.dispose();
    },
  });
}

/**
 * adapter-pg refuses the type "char", which the catalog queries of the engine return. So it is shown text, and the
 * column is declared as the Character that the engine expects.
 *
 * @param {any} adapter
 */
function queryRawWithChar(adapter) {
  const queryRaw = adapter.queryRaw;
  return async (/** @type {unknown} */ query) => {
    /** @type {number[]} */
    let oids = [];
    const reader = Object.create(adapter, {
      performIO: {
        value: async (/** @type {unknown} */ input) => {
          const { rows, fields } = await adapter.performIO(input);
          oids = fields.map((/** @type {any} */ field) => field.dataTypeID);
          const shown = fields.map((/** @type {any} */ field) =>
            field.dataTypeID === CHAR_OID ? { ...field, dataTypeID: TEXT_OID } : field,
          );
          return { rows, fields: shown };
        },
      },
    });
    const result = await queryRaw.call(reader, query);
    const columnTypes = result.columnTypes.map((/** @type {number} */ type, /** @type {number} */ index) =>
      oids[index] === CHAR_OID ? ColumnTypeEnum.Character : type,
    );
    return { ...result, columnTypes };
  };
}

/**
 * adapter-pg cuts a script at every semicolon, those in function bodies too. PostgreSQL takes a whole script as one
 * simple query, and rolls all of it back when a statement fails. One whose process has ended does not go on for long.
 *
 * @param {any} adapter
 * @param {import('pg').Pool} pool
 * @param {string} alongside
 */
function executeWholeScript(adapter, pool, alongside) {
  return async (/** @type {string} */ script) => {
    const whole = alongside === '' ? script : `${script}\n;${alongside}`;
    for (let tries = 1; ; tries += 1) {
      try {
        await pool.query(`SET lock_timeout = '${LOCK_WITHIN}'; SET client_connection_check_interval = '5s'`);
        await pool.query(whole);
        await pool.query('RESET lock_timeout');
        return;
      } catch (error) {
        if (!(error instanceof pg.DatabaseError)) return adapter.onError(error);
        if (error.code !== LOCKED || tries === MOST_TRIES) throw scriptError(error, script);
        await sleep(PAUSE_MS);
      }
    }
  };
}

/**
 * The server's own words and the line. The engine replaces both by a sentence of its own when it knows the bare code.
 *
 * @param {pg.DatabaseError} error
 * @param {string} script
 */
function scriptError(error, script) {
  const { severity = 'ERROR', detail, column, hint, position, where } = error;
  const line = position && `line ${script.slice(0, Number(position)).split('\n').length}`;
  const message = [error.message, line, where].filter(Boolean).join(', ');
  const code = `SQLSTATE ${error.code}`;
  return new DriverAdapterError({ kind: 'postgres', code, severity, message, detail, column, hint });
}
