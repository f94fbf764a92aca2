import { InvalidArgumentError, Option, type Command } from 'commander';
import { CHECKLIST } from '../../domain/checklist.ts';
import { durationValue, gateTextValue, nameValue, textValue, wholeNumber } from '../option-values.ts';
import { wantsJson } from '../output.ts';

export function register(program: Command): void {
  const gate = program
    .command('gate')
    .description('the launch gate: open a canary, watch it, widen it, roll it back')
    .addHelpText(
      'after',
      `
A launch: confirm the checklist, open the canary with some suppliers, watch one
business day of working time with every signal green, explain the three updates
that the gate samples, then widen supplier by supplier. A signal that misses
begins the watch anew. Roll back at any moment: that needs PostgreSQL only.

Examples:
  $ catalog-sync gate status --tenant shop
  $ catalog-sync gate open --tenant shop --supplier acme --reason "release 12"
  $ catalog-sync gate rollback --tenant shop --reason "wrong prices"`,
    );

  of(gate.command('status'))
    .description('where the launch stands, signal by signal, and what is missing')
    .option('--watch', 'show it again and again, until Ctrl-C')
    .option('--every <seconds>', 'between two looks', wholeNumber(1, 3600), 2)
    .addHelpText(
      'after',
      `
Exit codes: 0 all signals are green; 3 the tenant is closed, or a signal missed;
4 inconclusive; 1 and 2 as elsewhere.`,
    )
    .action(async (options, command: Command) => {
      const { showStatus } = await import('../gate/show-status.ts');
      await showStatus({ ...options, json: wantsJson(command) });
    });

  explained(of(gate.command('open')))
    .description('open the canary: these suppliers flow, the others are held')
    .requiredOption('--supplier <names...>', 'which suppliers; several, or given again', nameList)
    .action(async (options, command: Command) => {
      const { open } = await import('../gate/give.ts');
      await open(options, wantsJson(command));
    });

  explained(of(gate.command('widen')))
    .description('open one more supplier; with the last one the tenant is open')
    .requiredOption('--supplier <name>', 'which supplier', nameValue)
    .action(async (options, command: Command) => {
      const { widen } = await import('../gate/give.ts');
      await widen(options, wantsJson(command));
    });

  acted(of(gate.command('approve-trace')))
    .description('record that support has explained an update that the gate sampled')
    .requiredOption('--event <id>', 'the id of the event; `gate status` lists those that were sampled')
    .requiredOption(
      '--explanation <text>',
      'why the item shows what it shows, in the words of support',
      gateTextValue,
    )
    .option('--supplier <name>', 'of this supplier, when several have an event of that id', nameValue)
    .action(async (options, command: Command) => {
      const { approve } = await import('../gate/give.ts');
      await approve(options, wantsJson(command));
    });

  explained(of(gate.command('rollback')))
    .description('close the tenant, or one supplier, at once')
    .option('--supplier <name>', 'this supplier only', nameValue)
    .addHelpText(
      'after',
      `
One transaction on PostgreSQL; Temporal and the workers may be down. No call to
the storefront begins after it; those under way are listed, and may still
arrive. What suppliers send from then on is held, not lost, and goes on in order
when the gate opens again.`,
    )
    .action(async (options, command: Command) => {
      const { runRollback } = await import('../gate/run-rollback.ts');
      await runRollback(options, wantsJson(command));
    });

  acted(of(gate.command('checklist')))
    .description('what has to be confirmed before a canary opens; or confirm one of it')
    .addOption(new Option('--confirm <name>', 'confirm this one').choices(CHECKLIST))
    .option('--reference <text>', 'the evidence: an id, an address, or who and where')
    .action(async (options, command: Command) => {
      const { runChecklist } = await import('../gate/run-checklist.ts');
      await runChecklist(options, wantsJson(command));
    });

  acted(gate.command('rehearse'))
    .description('a whole launch in some minutes, on a tenant that is made for it')
    .requiredOption('--tenant <name>', 'a name that no tenant has', rehearsalName)
    .addOption(
      new Option('--watch <time>', 'its business day, for this tenant alone: 1m to 1h')
        .argParser(watchValue)
        .default(180, '3m'),
    )
    .addOption(
      new Option('--within <time>', 'give up after so long').argParser(durationValue).default(600, '10m'),
    )
    .option('--url <url>', 'where the server is (default: the one of this machine)')
    .addHelpText(
      'after',
      `
Makes the tenant, its calendar, two suppliers and a second tenant NAME-staging
to test a replay on; sends signed events; confirms the checklist; opens the
canary, waits for the watch, explains three updates, and widens until it is
open. All targets are those of a real launch: only the watch is shorter, and its
status and the audit list say so. A tenant that is there already is refused. A
server and a worker have to run, with a default storefront that may be told
made-up figures. Afterwards, for both tenants:
  $ catalog-sync gate rollback --tenant NAME --reason "it was a rehearsal"
  $ catalog-sync tenant erase NAME --reason "it was a rehearsal"

Example:
  $ catalog-sync gate rehearse --tenant practice`,
    )
    .action(async (options, command: Command) => {
      const { runRehearsal } = await import('../gate/rehearse.ts');
      await runRehearsal(options, wantsJson(command));
    });
}

function of(command: Command): Command {
  return command.requiredOption('--tenant <name>', 'whose launch', nameValue);
}

function acted(command: Command): Command {
  return command.option('--actor <name>', 'who, for the audit list (default: the OS user)', textValue);
}

function explained(command: Command): Command {
  return acted(command).requiredOption('--reason <text>', 'why, for the audit list', gateTextValue);
}

function nameList(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), nameValue(text)];
}

/** A second tenant is named after it. */
function rehearsalName(text: string): string {
  nameValue(`${text}-staging`);
  return nameValue(text);
}

function watchValue(text: string): number {
  const seconds = durationValue(text);
  if (seconds < 60 || seconds > 3600) throw new InvalidArgumentError('It has to be 1m to 1h.');
  return seconds;
}
