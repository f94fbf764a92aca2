import { countsText, fateText, progressText } from '../ingest-counts.ts';
import { createProgressLine } from '../../process/progress-line.ts';
import { printableLines } from '../../domain/safe-text.ts';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import type { Format } from '../../intake/file/parse-line.ts';
import type { RefusedLine, WarnedLine } from '../../intake/file/ingest.ts';
import { withContext, type CliContext } from '../context.ts';
import { CommandError, usageError } from '../errors.ts';
import { nameValue } from '../option-values.ts';
import { note, print, printJson, wantsJson } from '../output.ts';

interface IngestCommandOptions {
  tenant: string;
  supplier?: string;
  feed?: string;
  format?: Format;
  yes?: true;
}

/** More would push what matters off the screen; `--json` prints all. */
const SHOWN_REFUSED = 20;

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
      new Option('--format <format>', 'csv or ndjson (default: by the name of the file)').choices([
        'csv',
        'ndjson',
      ]),
    )
    .addHelpText(
      'after',
      `
CSV has a first line with the columns sku, quantity, updatedAt and maybe id and
location, in any order; NDJSON has an object with these a line. What else stands
there is not read, and named. A bad line is told of and does not stop the rest.
An item that stands there twice for one moment, without a location, is taken
with a warning. The same file may be sent again: known events count as
duplicates. Exits with 1 when a line was bad, or reused an event's id for
another content. With --json each such line, and then the totals, are printed
as one object a line.

A file of another form is read by a feed (--feed), or by its look: then the
guess and what it would do are shown, and written after a yes. docs/feeds.md

Examples:
  $ catalog-sync ingest stock.csv --tenant canary --supplier acme
  $ catalog-sync ingest stock.xlsx --tenant canary --feed acme-night
  $ zcat stock.ndjson.gz | catalog-sync ingest - --format ndjson \\
      --tenant canary --supplier acme`,
    )
    .action(async (file: string, options: IngestCommandOptions, command: Command) => {
      const { tenant, supplier, feed } = options;
      if (feed !== undefined) {
        if (supplier !== undefined || options.format !== undefined)
          throw usageError('--supplier and --format are said by the feed.');
        if (file !== '-') await checkFile(file);
        const { handIn } = await import('../feed/hand-in.ts');
        return handIn(file, { tenant, feed }, wantsJson(command));
      }
      if (supplier === undefined)
        throw usageError('--supplier is missing, or --feed: whose events are these?');
      if (file !== '-') await checkFile(file);
      const { ownForm } = await import('../feed/own-form.ts');
      const format = options.format ?? (file === '-' ? refuseUnknownForm() : await ownForm(file));
      if (format === undefined) {
        const { ingestGuessed } = await import('../feed/ingest-guessed.ts');
        return ingestGuessed(file, { tenant, supplier, yes: options.yes === true }, wantsJson(command));
      }
      await withContext((context) => run(context, file, { tenant, supplier, format }, wantsJson(command)));
    });
}

async function run(
  context: CliContext,
  file: string,
  options: { tenant: string; supplier: string; format: Format },
  json: boolean,
): Promise<void> {
  const { tenant, supplier, format } = options;
  const { ingest, IngestStopped } = await import('../../intake/file/ingest.ts');
  const database = await context.database();
  const { foresee } = await import('../../intake/file/foresee.ts');
  const foreseen = await foresee(database, { tenant, supplier });
  if (!foreseen) {
    throw new CommandError(
      `Tenant ${tenant} has no supplier ${supplier}.\n` +
        `Make it: catalog-sync supplier add ${supplier} --tenant ${tenant}`,
    );
  }

  const progress = createProgressLine();
  const begun = performance.now();
  const seconds = (): number => Math.round(performance.now() - begun) / 1000;
  let refusedCount = 0;
  let warnedCount = 0;
  const tell = (one: RefusedLine | WarnedLine, count: number, said: string): void => {
    if (json) return printJson(one);
    if (count > SHOWN_REFUSED) return;
    progress.clear();
    note(printableLines(`line ${one.line}: ${said}${one.reason}`));
  };
  const onRefused = (refused: RefusedLine): void => tell(refused, (refusedCount += 1), '');
  const onWarned = (warned: WarnedLine): void => tell(warned, (warnedCount += 1), 'warning: ');
  const interrupted = new AbortController();
  const onSignal = (): void => interrupted.abort(new Error('interrupted'));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const stream = file === '-' ? process.stdin : createReadStream(file);
  // A stdin that says nothing for long must not keep an interrupted command waiting.
  interrupted.signal.addEventListener('abort', () => stream.destroy());
  try {
    const counts = await ingest({
      database,
      tenant,
      supplier,
      format,
      chunks: stream,
      fate: foreseen.fate,
      onRefused,
      onWarned,
      onProgress: (now) => progress.update(() => progressText(now, seconds())),
      signal: interrupted.signal,
    });
    progress.clear();
    if (!json && refusedCount > SHOWN_REFUSED) {
      note(`… and ${refusedCount - SHOWN_REFUSED} more lines were refused; --json prints all.`);
    }
    if (!json && warnedCount > SHOWN_REFUSED) {
      note(`… and ${warnedCount - SHOWN_REFUSED} more lines like these were taken; --json prints all.`);
    }
    const isHeld = counts.accepted > 0 && foreseen.closed !== undefined;
    if (json) printJson({ ...counts, ...(isHeld && { held: foreseen.closed }), seconds: seconds() });
    else print(`${countsText(counts)} (${seconds()} s)`);
    if (!json) for (const line of fateText(counts, isHeld ? foreseen.closed : undefined)) note(line);
    if (!json && counts.ignored) note(printableLines(`not read: ${counts.ignored.join(', ')}`));
    if (refusedCount > 0) process.exitCode = 1;
  } catch (error) {
    progress.clear();
    if (!(error instanceof IngestStopped)) throw error;
    note(
      `Stopped at line ${error.line}; what stands before it is in the ledger.\n` +
        'Send the whole file again to go on: events that are known count as duplicates.',
    );
    if (!interrupted.signal.aborted) throw error.cause;
    process.exitCode = 130;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

function refuseUnknownForm(): never {
  throw usageError('The name "-" does not say the format: add --format csv or --format ndjson.');
}

async function checkFile(file: string): Promise<void> {
  try {
    if ((await stat(file)).isDirectory()) throw new Error('it is a directory');
  } catch (error) {
    throw new CommandError(`The file ${JSON.stringify(file)} cannot be read: ${(error as Error).message}`);
  }
}
