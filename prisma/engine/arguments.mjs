import { parseArgs } from 'node:util';

/**
 * Reads the command line as Prisma 7.10 writes it: `--datamodels PATH` (repeated), `--datasource JSON` with a
 * `url`, then nothing (serve JSON-RPC) or `cli COMMAND`.
 *
 * @param {string[]} argv
 * @returns {{ datamodelPaths: string[], url: string | undefined, command: string | undefined }}
 */
export function readArguments(argv) {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      datamodels: { type: 'string', multiple: true, default: [] },
      datasource: { type: 'string', default: '{}' },
      // Sent by Prisma when a schema names preview features or extensions; the wasm engine takes neither.
      'enabled-preview-features': { type: 'string' },
      'extension-types': { type: 'string' },
    },
  });
  const [mode, command] = positionals;
  return {
    datamodelPaths: values.datamodels,
    url: readUrl(values.datasource),
    command: mode === 'cli' ? (command ?? '') : undefined,
  };
}

/** @param {string} datasource */
function readUrl(datasource) {
  try {
    return JSON.parse(datasource).url || undefined;
  } catch {
    // JSON.parse quotes its input in its message, and the input holds a password.
    throw new Error('--datasource is not JSON');
  }
}
