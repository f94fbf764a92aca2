import { InvalidArgumentError, Option, type Command } from 'commander';
import { faultOfScope, ROLES, type Role } from '../../domain/roles.ts';
import { withContext } from '../context.ts';
import { usageError } from '../errors.ts';
import {
  ageValue,
  auditedBy,
  auditOptions,
  durationValue,
  nameValue,
  textValue,
  type AuditOptions,
} from '../option-values.ts';
import { columns, note, print, printJson, wantsJson } from '../output.ts';

interface AddOptions extends AuditOptions {
  role: Role;
  tenant?: string;
  supplier?: string;
  name?: string;
  /** In seconds. */
  expires?: number | 'never';
}

interface RotateOptions extends AuditOptions {
  overlap: number;
  expires?: number | 'never';
}

export function register(program: Command): void {
  const token = program.command('token').description('who may use the API');

  auditOptions(
    token
      .command('add')
      .description('make a token of the API and print it, once')
      .addOption(
        new Option('--role <role>', 'supplier, viewer, support, operator or admin; each may do more')
          .choices(ROLES)
          .makeOptionMandatory(),
      )
      .option('--tenant <tenant>', 'for this tenant only (default: for all)', nameValue)
      .option('--supplier <supplier>', 'whose things it sees, with the role supplier', nameValue)
      .option('--name <name>', 'what it is for (default: the role)', textValue)
      .option('--expires <time>', 'how long it is good, such as 30d, or never (default: 90d)', expiresValue),
  )
    .addHelpText(
      'after',
      `
A token of the role supplier is for that supplier's developer: it sees what
became of its own events and which deliveries were refused, and nothing else.

Examples:
  $ catalog-sync token add --role supplier --tenant canary --supplier acme
  $ catalog-sync token add --role support --tenant canary --name "support desk"
  $ TOKEN=$(catalog-sync token add --role viewer --expires 30d 2>/dev/null)`,
    )
    .action(async (options: AddOptions, command: Command) => {
      const fault = faultOfScope(options);
      if (fault !== undefined) throw usageError(`${fault} See --tenant and --supplier.`);
      await withContext(async (context) => {
        const { addToken } = await import('../../access/issue-tokens.ts');
        const { role, tenant, supplier, name = role, reason } = options;
        const added = await addToken(await context.database(), {
          role,
          tenant,
          supplier,
          name,
          reason,
          ...auditedBy(options),
          ...expiresOf(options.expires),
        });
        show(added, command);
        note(`Token ${added.id} (${role}). Keep it now: it is not shown again.`);
      });
    });

  token
    .command('list')
    .description('list the tokens, without what makes them work')
    .action(async (_options: unknown, command: Command) => {
      await withContext(async (context) => {
        const { listTokens } = await import('../../access/issue-tokens.ts');
        const tokens = await listTokens(await context.database());
        if (wantsJson(command)) return printJson(tokens);
        if (tokens.length === 0) return note('There are none; `catalog-sync token add` makes one.');
        const rows = tokens.map((one) => [
          one.id,
          one.role,
          one.supplier === null ? (one.tenant ?? 'all') : `${one.tenant} ${one.supplier}`,
          one.revokedAt !== null ? 'revoked' : one.expired ? 'ended' : 'valid',
          one.expiresAt?.slice(0, 10) ?? 'never',
          one.lastUsedAt?.slice(0, 10) ?? 'never',
          one.name,
        ]);
        print(columns(['ID', 'ROLE', 'TENANT', 'STATE', 'ENDS', 'LAST USE', 'NAME'], rows));
      });
    });

  auditOptions(
    token
      .command('rotate')
      .description('give a token another secret and print it, once')
      .argument('<id>', 'its id, as `token list` shows it, or the token itself')
      .option(
        '--overlap <time>',
        'how long the secret before goes on, such as 24h, or 0',
        durationValue,
        3600,
      )
      .option('--expires <time>', 'how long it is good from now on, or never (default: 90d)', expiresValue),
  )
    .addHelpText(
      'after',
      `
The secret before goes on for an hour unless \`--overlap\` says otherwise, as do
the sessions that were opened with it; 0 ends both now. The one before that
ends at once.

Examples:
  $ catalog-sync token rotate 1f0c3b5a7d9e2468 --overlap 24h
  $ catalog-sync token rotate 1f0c3b5a7d9e2468 --overlap 0 --reason "leaked"`,
    )
    .action(async (text: string, options: RotateOptions, command: Command) => {
      await withContext(async (context) => {
        const { rotateToken } = await import('../../access/rotate-token.ts');
        const rotated = await rotateToken(await context.database(), {
          id: idOf(text),
          overlapSeconds: options.overlap,
          ...auditedBy(options),
          reason: options.reason,
          ...expiresOf(options.expires),
        });
        show(rotated, command);
        const until = rotated.formerUntil;
        const former = until === null ? 'has ended' : `goes on until ${until.slice(0, 19)}Z`;
        note(`Token ${rotated.id} (${rotated.name}). Keep it now: it is not shown again.`);
        note(`The secret before ${former}.`);
      });
    });

  auditOptions(
    token
      .command('revoke')
      .description('take a token back; it stops working at once')
      .argument('<id>', 'its id, as `token list` shows it, or the token itself'),
  ).action(async (text: string, options: AuditOptions, command: Command) => {
    await withContext(async (context) => {
      const { revokeToken } = await import('../../access/issue-tokens.ts');
      const revoked = await revokeToken(await context.database(), {
        id: idOf(text),
        ...auditedBy(options),
        reason: options.reason,
      });
      if (wantsJson(command)) return printJson(revoked);
      print(`token ${revoked.id} (${revoked.name}) is revoked`);
    });
  });
}

/** The token on stdout, and what there is to know of its end beside it. */
function show(made: { token: string; expiresAt: string | null }, command: Command): void {
  if (wantsJson(command)) printJson(made);
  else print(made.token);
  note(
    made.expiresAt === null
      ? 'Warning: it never ends. Whoever finds it may use it until it is revoked.'
      : `It ends on ${made.expiresAt.slice(0, 10)}; \`catalog-sync token rotate\` gives it another end.`,
  );
}

function expiresOf(expires: number | 'never' | undefined): { expiresSeconds?: number | null } {
  if (expires === undefined) return {};
  return { expiresSeconds: expires === 'never' ? null : expires };
}

function expiresValue(text: string): number | 'never' {
  if (text === 'never') return text;
  const value = ageValue(0, 'it has to end later')(text);
  if (value === 0) throw new InvalidArgumentError('It has to be later than now, or never.');
  return value;
}

function idOf(text: string): string {
  return /^cst_([0-9a-f]{16})_/.exec(text)?.[1] ?? text;
}
