import type { Command } from 'commander';
import { withContext } from '../context.ts';
import { usageError } from '../errors.ts';
import { auditedBy, auditOptions, wholeNumber, type AuditOptions } from '../option-values.ts';
import { columns, note, print, printJson, wantsJson } from '../output.ts';

interface RevokeOptions extends AuditOptions {
  all?: true;
}

export function register(program: Command): void {
  const session = program.command('session').description('who is signed in to the console');

  session
    .command('list')
    .description('list who is signed in, the latest first')
    .action(async (_options: unknown, command: Command) => {
      await withContext(async (context) => {
        const { listSessions } = await import('../../access/list-sessions.ts');
        const sessions = await listSessions(await context.database(), null);
        if (wantsJson(command)) return printJson(sessions);
        if (sessions.length === 0) return note('Nobody is signed in.');
        const rows = sessions.map((one) => [
          one.id,
          one.role,
          one.tenant ?? 'all',
          minute(one.lastSeenAt),
          minute(one.expiresAt),
          one.name,
        ]);
        print(columns(['ID', 'ROLE', 'TENANT', 'LAST SEEN (UTC)', 'ENDS', 'NAME'], rows));
      });
    });

  auditOptions(
    session
      .command('revoke')
      .description('sign somebody out at once, whatever browser they use')
      .argument('[id]', 'of the session, as `session list` shows it', wholeNumber(1, Number.MAX_SAFE_INTEGER))
      .option('--all', 'everybody'),
  )
    .addHelpText(
      'after',
      `
Whoever has a token, or is let in by single sign-on, can sign in again: see
\`token revoke\`.`,
    )
    .action(async (id: number | undefined, options: RevokeOptions, command: Command) => {
      if ((id === undefined) !== (options.all === true)) {
        throw usageError('Name one session, or say `--all`.');
      }
      await withContext(async (context) => {
        const { revokeSessions } = await import('../../access/list-sessions.ts');
        const ended = await revokeSessions(await context.database(), {
          ...(id !== undefined && { id: BigInt(id) }),
          only: null,
          ...auditedBy(options),
          reason: options.reason,
        });
        if (wantsJson(command)) return printJson(ended);
        for (const one of ended) print(`session ${one.id} (${one.name}) is ended`);
        if (ended.length === 0) note('Nobody was signed in.');
      });
    });
}

function minute(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)}`;
}
