import { Argument, Option, type Command } from 'commander';
import { CHANNEL_KINDS, OWNERS, SEVERITIES } from '../../domain/notify.ts';
import type { AddOptions } from '../notify/options.ts';
import { auditOptions, durationValue, nameValue, textValue, type AuditOptions } from '../option-values.ts';
import { wantsJson } from '../output.ts';

const channelName = (): Argument => new Argument('<name>', 'its name').argParser(nameValue);
const span = (flags: string, words: string, seconds: number, shown: string): Option =>
  new Option(flags, words).argParser(durationValue).default(seconds, shown);

export function register(program: Command): void {
  const notify = program
    .command('notify')
    .description('whom it tells when something turns, and when it is well again');

  auditOptions(notify.command('add'))
    .description('make a channel that people are told by')
    .addArgument(channelName())
    .addOption(
      new Option('--kind <kind>', 'how they are told').choices(CHANNEL_KINDS).makeOptionMandatory(true),
    )
    .requiredOption('--to <where>', 'address, mail addresses or key; "-" reads it from stdin')
    .addOption(new Option('--owner <owner>', 'only of what this one has to mend').choices(OWNERS))
    .option('--tenant <tenant>', 'only of this tenant', nameValue)
    .addOption(new Option('--at-least <severity>', 'from this one on').choices(SEVERITIES).default('info'))
    .option('--smtp <file>', 'email: a file with the address of the mail server; "-" reads stdin')
    .option('--from <address>', 'email: its sender', textValue)
    .option('--url <address>', 'pagerduty: of its events API, such as that of the EU')
    .addOption(span('--inconclusive <time>', 'so long a signal says nothing before it is told', 1_800, '30m'))
    .addOption(span('--publish-waits <time>', 'so long a publish waits before it is told', 600, '10m'))
    .addOption(span('--expires-within <time>', 'so long before its end a token is told of', 604_800, '7d'))
    .addHelpText(
      'after',
      `
Told of: the gate that closed, a rollback, a signal that misses or says nothing
for long, a canary that is ready to widen, a file that is held, a supplier that
is silent, a storefront that shows something else, publishes that wait, and
tokens and secrets that are about to end. Addresses and keys are kept encrypted
and are not shown again; give those that are secret by stdin. The secret that
signs for a webhook is ours, and printed once. docs/notifications.md says more.

Examples:
  $ catalog-sync notify add desk --kind webhook --to https://desk.example.com/in
  $ catalog-sync notify add shop --kind slack --to - --owner Storefront < url
  $ catalog-sync notify add mail --kind email --to ops@example.com \\
      --smtp server.txt --from sync@example.com --at-least ticket
  $ catalog-sync notify add night --kind pagerduty --to - --at-least page < key`,
    )
    .action(async (name: string, options: AddOptions, command: Command) => {
      const { runAdd } = await import('../notify/run-add.ts');
      await runAdd(name, options, wantsJson(command));
    });

  notify
    .command('list')
    .description('the channels, what they wish, and whether what they were told came through')
    .addHelpText('after', '\nExits with 3 when nothing comes through one of them.')
    .action(async (_options: object, command: Command) => {
      const { runList } = await import('../notify/run-list.ts');
      await runList(wantsJson(command));
    });

  notify
    .command('test')
    .description('send a message that says that it is a test, the way of every other, and wait for it')
    .addArgument(channelName())
    .addOption(span('--wait <time>', 'so long', 90, '90s'))
    .addHelpText('after', '\nA worker sends it, so that its network and its keys are tried, too.')
    .action(async (name: string, options: { wait: number }, command: Command) => {
      const { runTest } = await import('../notify/run-test.ts');
      await runTest(name, options.wait, wantsJson(command));
    });

  auditOptions(notify.command('remove'))
    .description('take a channel away, with what it was still to be told')
    .addArgument(channelName())
    .action(async (name: string, options: AuditOptions, command: Command) => {
      const { runRemove } = await import('../notify/run-add.ts');
      await runRemove(name, options, wantsJson(command));
    });
}
