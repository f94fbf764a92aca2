import { checkConnection, createDatabase } from './database.mjs';
import { describeError } from './errors.mjs';

/**
 * Runs `cli can-connect-to-database` or `cli create-database`.
 * Prisma skips the first line of stderr, then reads each as a JSON log line; it looks for the level ERROR and the
 * target `schema_engine::logger`.
 *
 * @param {string} command
 * @param {string | undefined} url
 * @param {NodeJS.WritableStream} log
 * @returns {Promise<number>} the exit code
 */
export async function runDatabaseCommand(command, url, log) {
  const write = (/** @type {string} */ level, /** @type {object} */ fields) =>
    log.write(`${JSON.stringify({ level, target: 'schema_engine::logger', fields })}\n`);
  write('INFO', { message: command });
  try {
    if (command === 'can-connect-to-database') await checkConnection(url);
    else if (command === 'create-database') await createDatabase(url);
    else throw new Error(`The schema engine has no command ${command}.`);
    return 0;
  } catch (error) {
    write('ERROR', describeError(error));
    return 1;
  }
}
