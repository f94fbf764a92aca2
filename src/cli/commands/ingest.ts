import { stat } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { FORMATS, type Format } from '../../feed/file/row.ts';
import { CommandError, usageError } from '../errors.ts';
import { nameValue } from '../option-values.ts';
import { wantsJson } from '../output.ts';

interface IngestCommandOptions {
  tenant: string;
  supplier?: string;
  feed?: string;
  format?: Format;
  yes?: true;
}

export function register(program: Command): void {
  program
    .command('ingest')
    .description("read a file of a supplier's events into the ledger")
    .argument('<file>', 'CSV or NDJSON; any other by a feed, or a guess; "-" reads stdin')
    .requiredOption('--tenant <tenant>', 'the tenant', nameValue)
    .option('--supplier <supplier>', 'the supplier whose events these are', nameValue)
    .option('--yes', 'write a file whose form was guessed without asking')
    .option('--feed <feed>', 'run it through this feed, which says how to read it', nameValue)
    .addOption(
      new Option('--format <format>', 'its format (default: found by its first lines)').choices(FORMATS),
    )
    .addHelpText(
      'after',
      `
Our own form is a table or NDJSON with sku, quantity, updatedAt and maybe id and
location, in any order; delimiter, encoding and packing are found. What else
stands there is not read, and named. A bad line is told of and does not stop the
rest. An item that stands there twice for one moment, without a location, is
taken with a warning. The same file may be sent again: known events count as
duplicates. With --json each such line, and then the totals, are printed as one
object a line.

A file of another form is read by a feed (--feed), or by its look: then the
guess and what it would do are shown, and written after a yes. --yes is that
yes, and writes nothing of a file that a feed would hold. docs/feeds.md

Exit codes: 0 all was taken, or nobody agreed; 1 a line was bad or reused an
event's id for another content, or the file could not be read; 2 wrong usage, or
a guess nobody agreed to; 3 held, by the run of a feed or with --yes, so that
nothing was written; 130 stopped by Ctrl-C, 143 by SIGTERM.

Examples:
  $ catalog-sync ingest stock.csv --tenant canary --supplier acme
  $ catalog-sync ingest stock.xlsx --tenant canary --feed acme-night
  $ zcat stock.ndjson.gz | catalog-sync ingest - --tenant canary --supplier acme`,
    )
    .action(async (file: string, options: IngestCommandOptions, command: Command) => {
      const { tenant, supplier, feed, format, yes } = options;
      if (feed !== undefined) {
        if (supplier !== undefined || format !== undefined)
          throw usageError('--supplier and --format are said by the feed.');
        if (file !== '-') await checkFile(file);
        const { handIn } = await import('../feed/hand-in.ts');
        return handIn(file, { tenant, feed }, wantsJson(command));
      }
      if (supplier === undefined)
        throw usageError('--supplier is missing, or --feed: whose events are these?');
      if (file !== '-') await checkFile(file);
      const { runIngestFile } = await import('../feed/ingest-file.ts');
      await runIngestFile(file, { tenant, supplier, format, yes: yes === true }, wantsJson(command));
    });
}

async function checkFile(file: string): Promise<void> {
  try {
    if ((await stat(file)).isDirectory()) throw new Error('it is a directory');
  } catch (error) {
    throw new CommandError(`The file ${JSON.stringify(file)} cannot be read: ${(error as Error).message}`);
  }
}
