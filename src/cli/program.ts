import { Command, CommanderError } from 'commander';
import { safeOnTerminal } from '../domain/safe-text.ts';
import { packageVersion } from '../config/package-version.ts';
import { describeError } from './errors.ts';
import { COLUMNS, note } from './output.ts';
import { register as registerAlias } from './commands/alias.ts';
import { register as registerAudit } from './commands/audit.ts';
import { register as registerChanges } from './commands/changes.ts';
import { register as registerConsole } from './commands/console.ts';
import { register as registerCorrect } from './commands/correct.ts';
import { register as registerDoctor } from './commands/doctor.ts';
import { register as registerFeed } from './commands/feed.ts';
import { register as registerGate } from './commands/gate.ts';
import { register as registerIngest } from './commands/ingest.ts';
import { register as registerListen } from './commands/listen.ts';
import { register as registerNotify } from './commands/notify.ts';
import { register as registerPrune } from './commands/prune.ts';
import { register as registerReplay } from './commands/replay.ts';
import { register as registerRestored } from './commands/restored.ts';
import { register as registerSecrets } from './commands/secrets.ts';
import { register as registerSend } from './commands/send.ts';
import { register as registerServer } from './commands/server.ts';
import { register as registerSession } from './commands/session.ts';
import { register as registerSetup } from './commands/setup.ts';
import { register as registerStart } from './commands/start.ts';
import { register as registerStorefront } from './commands/storefront.ts';
import { register as registerSupplier } from './commands/supplier.ts';
import { register as registerSweep } from './commands/sweep.ts';
import { register as registerTenant } from './commands/tenant.ts';
import { register as registerToken } from './commands/token.ts';
import { register as registerTrace } from './commands/trace.ts';
import { register as registerVoid } from './commands/void.ts';
import { register as registerWorker } from './commands/worker.ts';

const COMMANDS = [
  registerStart,
  registerWorker,
  registerServer,
  registerSetup,
  registerConsole,
  registerTenant,
  registerStorefront,
  registerSupplier,
  registerToken,
  registerSecrets,
  registerSession,
  registerSend,
  registerListen,
  registerIngest,
  registerFeed,
  registerAlias,
  registerTrace,
  registerChanges,
  registerReplay,
  registerSweep,
  registerCorrect,
  registerVoid,
  registerGate,
  registerNotify,
  registerPrune,
  registerAudit,
  registerDoctor,
  registerRestored,
];

/** The command line. Each command's file loads what it works with only when it runs, so that help comes at once. */
export function createProgram(): Command {
  const program = new Command('catalog-sync')
    .description('Supplier events in, one right catalog out; each decision can be explained.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .option('--json', 'print results as JSON, one value a line')
    .configureHelp({ helpWidth: COLUMNS, showGlobalOptions: true })
    .configureOutput({
      getOutHelpWidth: () => COLUMNS,
      getErrHelpWidth: () => COLUMNS,
      // Commander quotes what it was given.
      writeErr: (text) => void process.stderr.write(safeOnTerminal(text)),
    })
    .exitOverride()
    .addHelpText(
      'after',
      `
Results go to stdout, everything else to stderr.
Exit codes: 0 done, 1 failed, 2 wrong usage; 3 something is left to do: a gate
that is closed, a file that is held, a storefront that differs; 4 a gate of
which too little is known; 130 ended by Ctrl-C, and what was begun goes on.

Examples:
  $ catalog-sync start
  $ catalog-sync trace CHAIR-01
  $ catalog-sync trace --help`,
    );
  for (const register of COMMANDS) register(program);
  hintAtHelp(program);
  return program;
}

/**
 * Runs one command line.
 *
 * @returns the exit code; a command that ended with a result that is not good has set `process.exitCode`
 */
export async function runProgram(argv: readonly string[]): Promise<number> {
  let running = 'catalog-sync';
  try {
    const program = createProgram();
    program.hook('preAction', (_program, command) => {
      running = pathOf(command);
    });
    await program.parseAsync(argv);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { text, exitCode } = describeError(error, { debug: wantsStack() });
    note(text);
    if (exitCode === 2) note(`(see \`${running} --help\`)`);
    return exitCode;
  }
}

function hintAtHelp(command: Command): void {
  command.showHelpAfterError(`(see \`${pathOf(command)} --help\`)`);
  for (const child of command.commands) hintAtHelp(child);
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

function wantsStack(): boolean {
  return process.env.LOG_LEVEL === 'debug' || process.env.LOG_LEVEL === 'trace';
}
