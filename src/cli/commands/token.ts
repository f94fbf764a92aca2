import { Option, type Command } from 'commander';
import { ROLES, type Role } from '../../domain/roles.ts';
import { withContext } from '../context.ts';
import { auditedBy, auditOptions, nameValue, textValue, type AuditOptions } from '../option-values.ts';
import { columns, note, print, printJson, wantsJson } from '../output.ts';

interface AddOptions extends AuditOptions {
  role: Role;
  tenant?: string;
  name?: string;
}

export function register(program: Command): void {
  const token = program.command('token').description('who may use the API');

  auditOptions(
    token
      .command('add')
      .description('make a token of the API and print it, once')
      .addOption(
        new Option('--role <role>', 'viewer, support, operator or admin; each may do more')
          .choices(ROLES)
          .makeOptionMandatory(),
      )
      .option('--tenant <tenant>', 'for this tenant only (default: for all)', nameValue)
      .option('--name <name>', 'what it is for (default: the role)', textValue),
  )
    .addHelpText(
      'after',
      `
Examples:
  $ catalog-sync token add --role support --tenant canary --name "support desk"
  $ TOKEN=$(catalog-sync token add --role viewer 2>/dev/null)`,
    )
    .action(async (options: AddOptions, command: Command) => {
      await withContext(async (context) => {
        const { addToken } = await import('../../access/issue-tokens.ts');
        const { role, tenant, name = role, reason } = options;
        const added = await addToken(await context.database(), {
          role,
          tenant,
          name,
          reason,
          ...auditedBy(options),
        });
        if (wantsJson(command)) return printJson(added);
        print(added.token);
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
          one.tenant ?? 'all',
          one.revokedAt === null ? 'valid' : 'revoked',
          one.createdAt.slice(0, 10),
          one.name,
        ]);
        print(columns(['ID', 'ROLE', 'TENANT', 'STATE', 'CREATED', 'NAME'], rows));
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
      const id = /^cst_([0-9a-f]{16})_/.exec(text)?.[1] ?? text;
      const revoked = await revokeToken(await context.database(), {
        id,
        ...auditedBy(options),
        reason: options.reason,
      });
      if (wantsJson(command)) return printJson(revoked);
      print(`token ${revoked.id} (${revoked.name}) is revoked`);
    });
  });
}
