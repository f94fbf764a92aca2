import { Option, type Command } from 'commander';
import { TENANT_STATES, type TenantState } from '../../domain/flags.ts';
import { UNKNOWN_SKU_RULES, type UnknownSkuRule } from '../../domain/sku-alias.ts';
import { calendarInWords } from '../../flags/calendar.ts';
import { withContext, type CliContext } from '../context.ts';
import { usageError } from '../errors.ts';
import {
  auditedBy,
  auditOptions,
  durationValue,
  holidaysValue,
  nameValue,
  storefrontValue,
  timeZoneValue,
  workDaysValue,
  workHoursValue,
  type AuditOptions,
} from '../option-values.ts';
import type { EraseOptions } from '../offboarding/run-erase.ts';
import { columns, note, print, printJson, wantsJson } from '../output.ts';
import type { TenantChange, TenantListed, TenantResult } from '../../flags/tenants.ts';
import { shownStockRule, stockRuleInWords } from '../../domain/stock-rule-words.ts';
import type { TenantStockRule } from '../../flags/stock-rule.ts';
import { noteWithoutStorefront } from '../storefront/note-without-storefront.ts';
import { stockRuleChangeOf, stockRuleOptions, type StockRuleOptions } from '../stock-rule/options.ts';

interface TenantOptions extends AuditOptions {
  state?: TenantState;
  storefront?: string;
  timeZone?: string;
  workDays?: number[];
  workHours?: { from: string; to: string };
  holidays?: string[];
  unknownSku?: UnknownSkuRule;
}

export function register(program: Command): void {
  const tenant = program.command('tenant').description('the owners of storefronts, and their flags');

  changeOptions(tenant.command('add'))
    .description('make a tenant; it starts closed: its events are held, not lost')
    .addHelpText(
      'after',
      `
With --storefront the secret that signs what the shop is told is printed, once.

Examples:
  $ catalog-sync tenant add canary
  $ catalog-sync tenant add canary --storefront https://shop.example.com/hooks
  $ catalog-sync tenant add canary --state canary --reason "release 12"`,
    )
    .action(async (name: string, options: TenantOptions, command: Command) => {
      checkReason(options);
      await withContext(async (context) => {
        const { addTenant } = await import('../../flags/tenants.ts');
        const change = await changeOf(context, name, options);
        show(await addTenant(await context.database(), change), command);
      });
    });

  stockRuleOptions(changeOptions(tenant.command('set')))
    .description('change a tenant: its state, storefront, business day, stock rule, unknown codes')
    .addHelpText(
      'after',
      `
closed holds every event of the tenant, canary and open let the events of its
open suppliers flow. An address set again gets a new secret; "none" takes the
address away.

A supplier's code without an alias is taken as the SKU; with --unknown-sku hold
its events wait for one: see catalog-sync alias --help.

The stock rule says what an item is of which several suppliers speak: newest
(the default), priority, lowest or sum. What is not named of it stays as it is.
A change says how many items it changes; a replay carries it out, and a second
change waits for the first.

Examples:
  $ catalog-sync tenant set canary --state open --reason "gate passed"
  $ catalog-sync tenant set canary --state closed --reason "wrong prices"
  $ catalog-sync tenant set canary --storefront none
  $ catalog-sync tenant set canary --time-zone Europe/Berlin \\
      --work-days mon-fri --work-hours 08:00-16:30 --holidays 2026-12-25
  $ catalog-sync tenant set canary --stock-rule priority \\
      --supplier-order acme,globex --reserve 2 --dry-run`,
    )
    .action(async (name: string, options: TenantOptions & StockRuleOptions, command: Command) => {
      const { state, storefront, timeZone, workDays, workHours, holidays, unknownSku } = options;
      const setsMore = [state, storefront, timeZone, workDays, workHours, holidays, unknownSku].some(
        (one) => one !== undefined,
      );
      const rule = stockRuleChangeOf(options);
      if (!setsMore && !rule) {
        throw usageError(
          'Nothing to set: give --state, --storefront, --time-zone, --unknown-sku, a part of the calendar or of the stock rule.',
        );
      }
      if (options.dryRun && (setsMore || !rule)) throw usageError('--dry-run is for the stock rule alone.');
      checkReason(options);
      await withContext(async (context) => {
        const { changeTenant } = await import('../../flags/tenants.ts');
        const { changeWithRule, predictRuleChange } = await import('../stock-rule/change-stock-rule.ts');
        const database = await context.database();
        const json = wantsJson(command);
        const asked = rule && { tenant: name, change: rule, by: options, json };
        if (options.dryRun && asked) return predictRuleChange(database, asked);
        const others = async (): Promise<object> => {
          const result = await changeTenant(database, await changeOf(context, name, options));
          if (!json) show(result, command);
          if (storefront === 'none') await noteWithoutStorefront(context, name);
          return result;
        };
        await changeWithRule(database, asked, setsMore ? others : undefined, {
          names: { tenant: name },
          json,
        });
      });
    });

  auditOptions(
    tenant
      .command('rotate-secret')
      .description("give a tenant's storefront a new signing secret, printed once")
      .argument('<tenant>', 'its name', nameValue)
      .addOption(
        new Option('--overlap <time>', 'how long both secrets sign: 90s, 30m, 24h, 7d or 0')
          .argParser(durationValue)
          .default(86_400, '24h'),
      ),
  )
    .addHelpText(
      'after',
      `
During the overlap each message carries two signatures, by the new secret and by
the one before it: give the storefront the new one before it ends.

Examples:
  $ catalog-sync tenant rotate-secret canary
  $ catalog-sync tenant rotate-secret canary --overlap 0 \\
      --reason "the old secret leaked"`,
    )
    .action(async (name: string, options: AuditOptions & { overlap: number }, command: Command) => {
      await withContext(async (context) => {
        const { rotateStorefrontSecret } = await import('../../flags/rotate-storefront-secret.ts');
        const keys = await context.secretsKeys();
        const { overlap, reason } = options;
        const secret = await rotateStorefrontSecret(await context.database(), keys, {
          tenant: name,
          overlapSeconds: overlap,
          ...auditedBy(options),
          reason,
        });
        if (wantsJson(command)) return printJson({ tenant: name, secret, overlapSeconds: overlap });
        showSecret(secret);
      });
    });

  tenant
    .command('list')
    .description('list the tenants')
    .action(async (_options: unknown, command: Command) => {
      await withContext(async (context) => {
        const { listTenants } = await import('../../flags/tenants.ts');
        const tenants = await listTenants(await context.database());
        if (wantsJson(command)) return printJson(tenants.map(shownTenant));
        if (tenants.length === 0)
          return note('There are no tenants yet; `catalog-sync tenant add` makes one.');
        const rows = tenants.map((one) => [
          one.tenant,
          one.state,
          String(one.suppliers),
          one.timeZone,
          one.storefrontUrl ?? '-',
          ruleText(one.stockRule),
        ]);
        print(columns(['TENANT', 'STATE', 'SUPPLIERS', 'TIME ZONE', 'STOREFRONT', 'STOCK RULE'], rows));
      });
    });

  tenant
    .command('export')
    .description('write all that is kept of a tenant into a new folder, without secrets')
    .argument('<tenant>', 'its name', nameValue)
    .requiredOption('--to <dir>', 'a folder that is empty or does not exist')
    .addHelpText(
      'after',
      `
A compressed file of JSON lines for each table, the tenant's part of the audit
list, and manifest.json with the digest of each file: written last, so a folder
without it is not whole. All of it shows one moment.

Example:
  $ catalog-sync tenant export canary --to /backup/canary`,
    )
    .action(async (name: string, options: { to: string }, command: Command) => {
      const { runExport } = await import('../offboarding/run-export.ts');
      await runExport(name, options, wantsJson(command));
    });

  auditOptions(
    tenant
      .command('erase')
      .description('erase all that is kept of a closed tenant; it does not come back')
      .argument('<tenant>', 'its name', nameValue)
      .option('--dry-run', 'only say how much would go')
      .option('--yes', 'do not ask'),
  )
    .addHelpText(
      'after',
      `
Rows go in small steps, then the workflows in Temporal; Ctrl-C ends it between
two steps, and the same command goes on, also after Temporal was away. Of each
event a tombstone stays, a hash of its id and of its content; the audit list
stays, with this erasure. The name is not given to another tenant.

Examples:
  $ catalog-sync tenant erase canary --dry-run
  $ catalog-sync tenant erase canary --reason "contract ended" --yes`,
    )
    .action(async (name: string, options: EraseOptions, command: Command) => {
      const { runErase } = await import('../offboarding/run-erase.ts');
      await runErase(name, options, wantsJson(command));
    });
}

function changeOptions(command: Command): Command {
  command
    .argument('<tenant>', 'its name: 1 to 40 of a-z, 0-9 and "-"', nameValue)
    .addOption(
      new Option('--state <state>', 'closed, canary or open; the latter two need --reason').choices(
        TENANT_STATES,
      ),
    )
    .option('--storefront <url>', 'base address of its shop, or "none"', storefrontValue)
    .option('--time-zone <zone>', 'zone of its business day, e.g. Europe/Berlin', timeZoneValue)
    .option('--work-days <days>', 'days of its calendar, e.g. mon-fri or mon,wed', workDaysValue)
    .option('--work-hours <hours>', 'hours of its business day, e.g. 09:00-17:00', workHoursValue)
    .option('--holidays <days>', 'all its days without work, e.g. 2026-12-25, or none', holidaysValue)
    .addOption(
      new Option('--unknown-sku <rule>', 'what becomes of a code without an alias').choices(
        UNKNOWN_SKU_RULES,
      ),
    );
  return auditOptions(command);
}

function checkReason(options: TenantOptions): void {
  if (options.state !== undefined && options.state !== 'closed' && options.reason === undefined) {
    throw usageError(`The state ${options.state} needs a reason: add --reason TEXT.`);
  }
}

async function changeOf(context: CliContext, tenant: string, options: TenantOptions): Promise<TenantChange> {
  const { state, storefront, timeZone, reason, workDays, workHours, holidays, unknownSku } = options;
  const calendar = {
    ...(workDays !== undefined && { days: workDays }),
    ...workHours,
    ...(holidays !== undefined && { holidays }),
  };
  return {
    tenant,
    ...auditedBy(options),
    reason,
    ...(state !== undefined && { state }),
    ...(timeZone !== undefined && { timeZone }),
    ...(Object.keys(calendar).length > 0 && { calendar }),
    ...(unknownSku !== undefined && { unknownSkus: unknownSku }),
    ...(storefront === 'none' && { storefront: null }),
    ...(storefront !== undefined &&
      storefront !== 'none' && { storefront: { url: storefront, secretsKeys: await context.secretsKeys() } }),
  };
}

function show(result: TenantResult, command: Command): void {
  if (wantsJson(command)) return printJson(result);
  print(`tenant ${result.tenant} is ${result.state}`);
  print(`storefront: ${result.storefrontUrl ?? 'none of its own'}`);
  print(`business day: ${calendarInWords(result.calendar)}, ${result.timeZone}`);
  if (result.unknownSkus === 'hold') print('codes without an alias: held');
  if (result.storefrontSecret !== undefined) showSecret(result.storefrontSecret);
}

function shownTenant({ stockRule, ...tenant }: TenantListed): object {
  return { ...tenant, stockRule: shownStockRule(stockRule.rule), stockRuleChange: stockRule.change };
}

function ruleText({ rule, change }: TenantStockRule): string {
  return `${stockRuleInWords(rule)}${change ? ` (replay ${change.replayId} carries it out)` : ''}`;
}

function showSecret(secret: string): void {
  print(`storefront secret: ${secret}`);
  note('Give the secret to the storefront now: it is not shown again.');
}
