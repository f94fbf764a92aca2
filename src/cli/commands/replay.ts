import { Argument, Option, type Command } from 'commander';
import { REPLAY_FAILURE_MODES } from '../../domain/failure-modes.ts';
import { EVENT_OUTCOMES } from '../../domain/event-outcome.ts';
import { usageError } from '../errors.ts';
import { auditOptions, nameValue, textValue, wholeNumber, type AuditOptions } from '../option-values.ts';
import { wantsJson } from '../output.ts';

const replayId = (): Argument => new Argument('<id>', 'the id of a replay').argParser(nameValue);

export function register(program: Command): void {
  const replay = program
    .command('replay')
    .description('send the events of a time window through the sync again')
    .option('--tenant <name>', 'whose events', nameValue)
    .option('--since <time>', 'from this time on: RFC 3339, e.g. 2026-06-01T00:00:00Z')
    .option('--until <time>', 'before this time; now unless given')
    .addOption(
      new Option('--by <time>', 'which time of an event counts')
        .choices(['received-at', 'updated-at'])
        .default('received-at'),
    )
    .option('--supplier <name>', 'of this supplier only', nameValue)
    .option('--sku <sku>', 'of this SKU only', textValue)
    .addOption(new Option('--outcome <outcome>', 'of this outcome only').choices(EVENT_OUTCOMES))
    .addOption(new Option('--failure-mode <mode>', 'of this failure mode only').choices(REPLAY_FAILURE_MODES))
    .option('--rate <count>', 'most events a second', wholeNumber(1, 100_000))
    .option('--dry-run', 'only say what would happen, item by item')
    .option('--yes', 'do not ask, however many events there are')
    .option('--actor <name>', 'who, for the audit list (default: the OS user)', textValue)
    .addHelpText(
      'after',
      `
Runs as a workflow that outlives this command, and prints the id of each item
that it touched, one a line, once it is done with it. Ctrl-C stops following;
the replay goes on. Exit code 1 when an event failed.

Examples:
  $ catalog-sync replay --tenant canary --since 2026-06-01T00:00:00Z --dry-run
  $ catalog-sync replay --tenant canary --since 2026-06-01T00:00:00Z
  $ catalog-sync replay list --tenant canary
  $ catalog-sync replay show 2026-06-01-1a2b3c4d --follow`,
    )
    .action(async (options, command: Command) => {
      const { runReplay } = await import('../replay/run-replay.ts');
      await runReplay(options, wantsJson(command));
    });

  replay
    .command('list')
    .description('the replays there were, newest first')
    .option('--limit <count>', 'most of them', wholeNumber(1, 1000), 50)
    .action(async (options: { limit: number }, command: Command) => {
      const { listReplays } = await import('../replay/show-replay.ts');
      await listReplays({ tenant: tenantOf(command), limit: options.limit }, wantsJson(command));
    });

  replay
    .command('show')
    .description('how a replay stands, and what it did')
    .addArgument(replayId())
    .option('--follow', 'go on until it ends, and print the items that it touched')
    .action(async (id: string, options: { follow?: true }, command: Command) => {
      const { showReplay } = await import('../replay/show-replay.ts');
      await showReplay(id, {
        tenant: tenantOf(command),
        follow: options.follow === true,
        json: wantsJson(command),
      });
    });

  auditOptions(
    replay
      .command('cancel')
      .description('end a replay; what it has started goes on to its end')
      .addArgument(replayId()),
  ).action(async (id: string, _options: unknown, command: Command) => {
    const { cancel } = await import('../replay/show-replay.ts');
    const tenant = tenantOf(command);
    await cancel(
      id,
      { ...command.optsWithGlobals<AuditOptions>(), ...(tenant !== undefined && { tenant }) },
      wantsJson(command),
    );
  });
}

/** What stands before a subcommand's options, or among them, is `replay`'s own: of that they know the tenant alone. */
function tenantOf(command: Command): string | undefined {
  const replay = command.parent;
  const foreign = replay?.options.find(
    (option) =>
      !['tenant', 'actor'].includes(option.attributeName()) &&
      replay.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (foreign) throw usageError(`${foreign.long} is not for replay ${command.name()}.`);
  return command.optsWithGlobals<{ tenant?: string }>().tenant;
}
