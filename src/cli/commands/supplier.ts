import { Option, type Command } from 'commander';
import { SUPPLIER_STATES, type SupplierState } from '../../domain/flags.ts';
import type { SupplierChange, SupplierListed } from '../../flags/suppliers.ts';
import { withContext } from '../context.ts';
import { usageError } from '../errors.ts';
import {
  auditedBy,
  auditOptions,
  durationValue,
  nameValue,
  rateLimitValue,
  skuPatternValue,
  wholeNumber,
  type AuditOptions,
} from '../option-values.ts';
import { secondsInWords } from '../../domain/span.ts';
import { print, printJson, wantsJson } from '../output.ts';
import { figureExpiresValue } from '../stock-rule/options.ts';
import { proofOf, schemeOption, secretFileOption, type ProofOptions } from '../supplier/scheme-options.ts';
import { rateText, showSuppliers } from '../supplier/show-suppliers.ts';
import { showSecret, tellScheme, withProtection } from '../supplier/tell-scheme.ts';

interface SupplierOptions extends AuditOptions, ProofOptions {
  tenant: string;
  state?: SupplierState;
  skuPattern?: string;
  tolerance?: number;
  rateLimit?: number | 'default';
  figureExpires?: number | 'none';
  reserve?: number;
  dryRun?: true;
}

type RotateOptions = AuditOptions & Pick<ProofOptions, 'secretFile'> & { tenant: string; overlap: number };

export function register(program: Command): void {
  const supplier = program.command('supplier').description('who sends events, by which rules and secrets');

  changeOptions(supplier.command('add'))
    .description('make a supplier and print its signing secret, once; it starts closed')
    .addHelpText(
      'after',
      `
Its deliveries are signed with Standard Webhooks unless it has another scheme.

Examples:
  $ catalog-sync supplier add acme --tenant canary
  $ catalog-sync supplier add acme --tenant canary --state open --reason "pilot"
  $ catalog-sync supplier add acme --tenant canary --scheme shopify \\
      --secret-file secret.txt
  $ catalog-sync supplier add acme --tenant canary --sku-pattern "[A-Z]+-[0-9]+"`,
    )
    .action(async (name: string, options: SupplierOptions, command: Command) => {
      checkReason(options);
      await withContext(async (context) => {
        const { addSupplier } = await import('../../flags/suppliers.ts');
        const keys = await context.secretsKeys();
        const change = { ...changeOf(name, options), ...(await proofOf(options)) };
        const added = await addSupplier(await context.database(), keys, change);
        if (wantsJson(command)) return printJson(withProtection(added));
        print(`supplier ${added.supplier} of tenant ${added.tenant} is ${added.state}`);
        if (options.scheme !== undefined) tellScheme(added.scheme);
        showSecret(added.secret);
      });
    });

  changeOptions(supplier.command('set'))
    .option(
      '--figure-expires <age>',
      'a figure so old counts no longer, e.g. 48h, or "none"',
      figureExpiresValue,
    )
    .option('--reserve <pieces>', 'of each of its figures, kept back by the stock rule', wholeNumber(0))
    .option('--dry-run', 'only say what reserve or age would change')
    .description('change a supplier: its state and its rules')
    .addHelpText(
      'after',
      `
closed holds the supplier's events, open lets them flow if its tenant is not
closed. SKU rule and tolerance hold for events that are decided from now on. The
age of figures holds for those that count now, too: within a minute those that
are too old count no longer, and stay so, whatever the limit becomes, until the
supplier speaks of the item again. A reserve is a part of the tenant's stock
rule: see tenant set.

A scheme of another kind takes all secrets away, and a new one is printed, once,
unless --secret-file gives one; that takes the others away too. rotate-secret
lets both be good for a while.

Examples:
  $ catalog-sync supplier set acme --tenant canary --state open --reason "widen"
  $ catalog-sync supplier set acme --tenant canary --tolerance 900
  $ catalog-sync supplier set acme --tenant canary --rate-limit none
  $ catalog-sync supplier set acme --tenant canary --scheme hmac.yaml
  $ catalog-sync supplier set acme --tenant canary --figure-expires 48h \\
      --dry-run`,
    )
    .action(async (name: string, options: SupplierOptions, command: Command) => {
      const { tenant, state, skuPattern, tolerance, rateLimit, figureExpires, reserve } = options;
      const { scheme, secretFile } = options;
      const hasNoDryRun = [state, skuPattern, tolerance, rateLimit, scheme].some((one) => one !== undefined);
      const setsMore = hasNoDryRun || figureExpires !== undefined;
      if (!setsMore && reserve === undefined) {
        throw usageError(
          'Nothing to set: give --state, --sku-pattern, --tolerance, --rate-limit, --scheme, --figure-expires or --reserve.',
        );
      }
      if (secretFile !== undefined && scheme === undefined) {
        throw usageError('--secret-file goes with --scheme; rotate-secret gives another secret alone.');
      }
      if (options.dryRun && (hasNoDryRun || figureExpires === 'none'))
        throw usageError('--dry-run is for --reserve and an age with --figure-expires alone.');
      checkReason(options);
      await withContext(async (context) => {
        const { changeSupplier } = await import('../../flags/suppliers.ts');
        const { refuseUnknownSuppliers } = await import('../../flags/stock-rule.ts');
        const { predictOldFigures, tellOldFigures } = await import('../stock-rule/old-figures.ts');
        const { changeWithRule, predictRuleChange } = await import('../stock-rule/change-stock-rule.ts');
        const database = await context.database();
        const json = wantsJson(command);
        const asked =
          reserve === undefined
            ? undefined
            : {
                ...{ tenant, by: options, json },
                change: { supplierReserve: { supplier: name, pieces: reserve } },
              };
        const limit =
          typeof figureExpires === 'number' ? { tenant, supplier: name, seconds: figureExpires } : undefined;
        if (options.dryRun) {
          await refuseUnknownSuppliers(database, tenant, { supplierOrder: [name] });
          if (limit) await predictOldFigures(database, limit, json);
          if (asked) await predictRuleChange(database, asked);
          return;
        }
        const { scheme: asScheme, givenSecret } = await proofOf(options);
        const proof = asScheme && {
          ...{ scheme: asScheme, secretsKeys: await context.secretsKeys() },
          ...(givenSecret !== undefined && { givenSecret }),
        };
        const others = async (): Promise<object> => {
          const change = { ...changeOf(name, options), ...(proof && { proof }) };
          const changed = await changeSupplier(database, change);
          if (!json) {
            print(`supplier ${changed.supplier} of tenant ${changed.tenant} is ${changed.state}`);
            print(rulesText(changed));
            if (proof) tellScheme(changed.scheme);
            showSecret(changed.secret);
          }
          const old = limit && (await tellOldFigures(database, limit));
          return { ...withProtection(changed), ...(old && { figuresTooOld: old.tooOld }) };
        };
        const printed = { names: { tenant, supplier: name }, json };
        await changeWithRule(database, asked, setsMore ? others : undefined, printed);
      });
    });

  supplier
    .command('list')
    .description('list the suppliers of a tenant, or of all')
    .option('--tenant <tenant>', 'of this tenant only', nameValue)
    .addHelpText(
      'after',
      `
Below the list stands how suppliers prove who they are, where that is not by
Standard Webhooks, and what protects a delivery from being sent again; then what
they send that is not read: how often, and when last.`,
    )
    .action(async (options: { tenant?: string }, command: Command) => {
      await withContext(async (context) => {
        const { listSuppliers } = await import('../../flags/suppliers.ts');
        const suppliers = await listSuppliers(await context.database(), options.tenant);
        if (wantsJson(command)) return printJson(suppliers.map(withProtection));
        showSuppliers(suppliers);
      });
    });

  auditOptions(
    secretFileOption(supplier.command('rotate-secret'))
      .description('print a new signing secret, once; the old ones stay valid for a while')
      .argument('<supplier>', 'its name', nameValue)
      .requiredOption('--tenant <tenant>', 'the tenant it supplies', nameValue)
      .addOption(
        new Option('--overlap <duration>', 'how long the old secrets stay valid: 90s, 30m, 24h, 7d or 0')
          .argParser(durationValue)
          .default(86_400, '24h'),
      ),
  )
    .addHelpText(
      'after',
      `
Examples:
  $ catalog-sync supplier rotate-secret acme --tenant canary
  $ catalog-sync supplier rotate-secret acme --tenant canary --overlap 0 \\
      --reason "the old secret leaked"`,
    )
    .action(async (name: string, options: RotateOptions, command: Command) => {
      await withContext(async (context) => {
        const { rotateSecret } = await import('../../flags/suppliers.ts');
        const keys = await context.secretsKeys();
        const { tenant, overlap, reason } = options;
        const { givenSecret } = await proofOf(options);
        const made = await rotateSecret(await context.database(), keys, {
          tenant,
          supplier: name,
          overlapSeconds: overlap,
          ...auditedBy(options),
          reason,
          ...(givenSecret !== undefined && { givenSecret }),
        });
        const secret = givenSecret === undefined ? { secret: made } : {};
        if (wantsJson(command)) {
          return printJson({ tenant, supplier: name, ...secret, overlapSeconds: overlap });
        }
        if (givenSecret !== undefined)
          print(`supplier ${name} of tenant ${tenant} has the secret that was given`);
        else showSecret(made);
      });
    });
}

function changeOptions(command: Command): Command {
  command
    .argument('<supplier>', 'its name: 1 to 40 of a-z, 0-9 and "-"', nameValue)
    .requiredOption('--tenant <tenant>', 'the tenant it supplies', nameValue)
    .addOption(
      new Option('--state <state>', 'closed, or open, which needs --reason').choices(SUPPLIER_STATES),
    )
    .option('--sku-pattern <regexp>', 'what the whole SKU, in upper case, has to match', skuPatternValue)
    .option('--tolerance <seconds>', 'how far its clock may be ahead', wholeNumber(0))
    .option(
      '--rate-limit <per-minute>',
      'requests a minute, "default" (the server\'s), or "none"',
      rateLimitValue,
    );
  secretFileOption(schemeOption(command));
  return auditOptions(command);
}

function checkReason(options: SupplierOptions): void {
  if (options.state === 'open' && options.reason === undefined) {
    throw usageError('The state open needs a reason: add --reason TEXT.');
  }
}

function changeOf(supplier: string, options: SupplierOptions): SupplierChange {
  const { tenant, state, skuPattern, tolerance, rateLimit, figureExpires, reason } = options;
  return {
    tenant,
    supplier,
    ...auditedBy(options),
    reason,
    ...(state !== undefined && { state }),
    ...(skuPattern !== undefined && { skuPattern }),
    ...(tolerance !== undefined && { clockToleranceSeconds: tolerance }),
    ...(rateLimit !== undefined && { rateLimitPerMinute: rateLimit === 'default' ? null : rateLimit }),
    ...(figureExpires !== undefined && {
      figureExpiresSeconds: figureExpires === 'none' ? null : figureExpires,
    }),
  };
}

function rulesText(supplier: SupplierListed): string {
  const rate = rateText(supplier.rateLimitPerMinute);
  const expires =
    supplier.figureExpiresSeconds === null
      ? ''
      : `; figures expire after ${secondsInWords(supplier.figureExpiresSeconds)}`;
  return `SKU ${supplier.skuPattern}; tolerance ${supplier.clockToleranceSeconds} s; rate limit ${rate}${expires}`;
}
