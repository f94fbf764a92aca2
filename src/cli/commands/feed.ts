import { Argument, type Command } from 'commander';
import { auditOptions, nameValue, textValue, wholeNumber, type AuditOptions } from '../option-values.ts';
import { wantsJson } from '../output.ts';
import type { PreviewOptions } from '../feed/preview.ts';

type OfTenant = AuditOptions & { tenant: string };

const feedName = (): Argument => new Argument('<feed>', 'the name of a feed').argParser(nameValue);
const runId = (): Argument => new Argument('<run>', 'the id of a run').argParser(nameValue);

export function register(program: Command): void {
  const feed = program.command('feed').description("how suppliers' files come and are read, and their runs");

  auditOptions(ofTenant(feed.command('set')))
    .description('make a feed out of a document, or give it another version')
    .argument('<file>', 'YAML or JSON; "-" reads stdin')
    .addHelpText(
      'after',
      `
All faults of the document are told at once. Where it holds ••• as \`feed show\`
prints it, the secret stays as it is. docs/feeds.md says what stands where.

Examples:
  $ catalog-sync feed set acme-night.yaml --tenant canary
  $ catalog-sync feed preview stock.csv --feed acme-night --tenant canary
  $ catalog-sync ingest stock.csv --feed acme-night --tenant canary`,
    )
    .action(async (file: string, options: OfTenant, command: Command) => {
      const { runSet } = await import('../feed/set-and-show.ts');
      await runSet(file, options, wantsJson(command));
    });

  ofTenant(feed.command('preview'))
    .description('say what a file would do, by a feed or by its look; nothing is written')
    .argument('<file>', "a supplier's file")
    .option('--feed <feed>', 'read it by this feed', nameValue)
    .option('--supplier <supplier>', 'guess how to read it, as a file of this supplier', nameValue)
    .addHelpText(
      'after',
      `
Shows the first 20 rows as events, every refused line by its reason, what would
become of the events, which items would change, and what the guards would say.
Exit code 0 also where they would hold it; 1 where the file cannot be read at
all, or leaves open how.`,
    )
    .action(async (file: string, options: PreviewOptions, command: Command) => {
      const { runPreview } = await import('../feed/preview.ts');
      await runPreview(file, options, wantsJson(command));
    });

  feed
    .command('list')
    .description('the feeds of a tenant, or of all')
    .option('--tenant <tenant>', 'of this tenant only', nameValue)
    .action(async (options: { tenant?: string }, command: Command) => {
      const { runList } = await import('../feed/set-and-show.ts');
      await runList(options.tenant, wantsJson(command));
    });

  ofTenant(feed.command('show'))
    .description("print a feed's document, without its secrets")
    .addArgument(feedName())
    .action(async (name: string, options: OfTenant, command: Command) => {
      const { runShow } = await import('../feed/set-and-show.ts');
      await runShow(options.tenant, name, wantsJson(command));
    });

  for (const [does, paused, description] of [
    ['pause', true, 'look at the source no more until resumed; files handed in are taken'],
    ['resume', false, 'look at the source again'],
  ] as const) {
    auditOptions(ofTenant(feed.command(does)))
      .description(description)
      .addArgument(feedName())
      .action(async (name: string, options: OfTenant, command: Command) => {
        const { runPause } = await import('../feed/set-and-show.ts');
        await runPause(name, { ...options, paused }, wantsJson(command));
      });
  }

  auditOptions(ofTenant(feed.command('run')))
    .description('fetch the next file of a feed and follow its run')
    .addArgument(feedName())
    .addHelpText(
      'after',
      `
The run outlives this command: Ctrl-C stops following only. Exit code 0 when it
completed, or there was nothing new; 3 when it is held; 1 when it failed; 130
when Ctrl-C stopped following.`,
    )
    .action(async (name: string, options: OfTenant, command: Command) => {
      const { runFeed } = await import('../feed/run-feed.ts');
      await runFeed(name, options, wantsJson(command));
    });

  ofTenant(feed.command('runs'))
    .description('the runs of a feed, newest first')
    .addArgument(feedName().argOptional())
    .option('--limit <count>', 'most of them', wholeNumber(1, 1000), 20)
    .action(async (name: string | undefined, options: OfTenant & { limit: number }, command: Command) => {
      const { runRuns } = await import('../feed/show-runs.ts');
      await runRuns({ ...options, feed: name }, wantsJson(command));
    });

  ofTenant(feed.command('refused'))
    .description('print the refused lines of a run as CSV, the reason beside each')
    .addArgument(runId())
    .action(async (id: string, options: OfTenant, command: Command) => {
      const { runRefused } = await import('../feed/show-runs.ts');
      await runRefused(options.tenant, id, wantsJson(command));
    });

  for (const [does, description] of [
    ['approve', 'let the figures of a held run flow'],
    ['refuse', 'end a held run; nothing of it flows'],
  ] as const) {
    ofTenant(feed.command(does))
      .description(description)
      .addArgument(runId())
      .requiredOption('--reason <text>', 'why, for the audit list', textValue)
      .option('--actor <name>', 'who, for the audit list (default: the OS user)', textValue)
      .action(async (id: string, options: OfTenant & { reason: string }, command: Command) => {
        const { runDecision } = await import('../feed/decide.ts');
        await runDecision(does, id, options, wantsJson(command));
      });
  }

  auditOptions(ofTenant(feed.command('cancel')))
    .description('end a run at once; what is in the ledger of it stays')
    .addArgument(runId())
    .action(async (id: string, options: OfTenant, command: Command) => {
      const { runCancel } = await import('../feed/decide.ts');
      await runCancel(id, options, wantsJson(command));
    });
}

function ofTenant(command: Command): Command {
  return command.requiredOption('--tenant <tenant>', 'whose feed', nameValue);
}
