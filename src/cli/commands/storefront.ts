import { Argument, Option, type Command } from 'commander';
import { auditOptions, durationValue, nameValue, skuValue } from '../option-values.ts';
import { KINDS } from '../../storefront/kinds/index.ts';
import { wantsJson } from '../output.ts';
import type { OfTenant, SetOptions } from '../storefront/options.ts';

const storefrontName = (): Argument => new Argument('<name>', 'its name').argParser(nameValue);
const state = (): Option => new Option('--state <state>', 'its flag').choices(['closed', 'open']);

export function register(program: Command): void {
  const storefront = program
    .command('storefront')
    .description('where quantities are shown: shops, and the caches before them');

  auditOptions(ofTenant(storefront.command('add')))
    .description('give a tenant another storefront; an open one is told of all items')
    .addArgument(storefrontName())
    .requiredOption('--kind <kind>', `how it is told: ${KINDS.join(', ')}`)
    .requiredOption('--config <file>', 'its document, YAML or JSON; "-" reads stdin')
    .addOption(state().default('open'))
    .addHelpText(
      'after',
      `
A version is published when all open storefronts have accepted it. Those of a
lower place are told first: a cache after its shop. docs/storefronts.md says
what stands in a document. A secret that we make is printed once.

Examples:
  $ catalog-sync storefront add shop --tenant canary --kind webhook \\
      --config shop.yaml
  $ catalog-sync storefront add cache --tenant canary --kind purge \\
      --config varnish.yaml`,
    )
    .action(async (name: string, options: SetOptions, command: Command) => {
      const { runAdd } = await import('../storefront/run.ts');
      await runAdd(name, options, wantsJson(command));
    });

  auditOptions(ofTenant(storefront.command('set')))
    .description("change a storefront's document, or its flag")
    .addArgument(storefrontName())
    .option('--config <file>', 'its document, whole; "-" reads stdin')
    .addOption(state())
    .addHelpText(
      'after',
      `
A closed one is told nothing, and is not waited for; opened again, it is told of
what it has not accepted. Without a secret in the document the one that there is
stays, unless the address is another.

Example:
  $ catalog-sync storefront set cache --tenant canary --state closed`,
    )
    .action(async (name: string, options: SetOptions, command: Command) => {
      const { runSet } = await import('../storefront/run.ts');
      await runSet(name, options, wantsJson(command));
    });

  storefront
    .command('list')
    .description('the storefronts of a tenant, or of all, in the order in which they are told')
    .option('--tenant <tenant>', 'of this tenant only', nameValue)
    .action(async (options: { tenant?: string }, command: Command) => {
      const { runList } = await import('../storefront/run.ts');
      await runList(options.tenant, wantsJson(command));
    });

  ofTenant(storefront.command('check'))
    .description('try out every promise of the contract, and say what to implement')
    .addArgument(storefrontName())
    .addOption(new Option('--sku <sku>', 'of the item to try a shop on').argParser(skuValue))
    .addHelpText(
      'after',
      `
A webhook is told of TENANT:doctor-probe and one more item that do not exist, in
some twenty messages; a cache is told to throw away the page of that item and of
the one that was published last. A shop (vendure, medusa, shopify) has the stock
of one item set some twenty times, and put back: make one there that nobody can
buy, and name its SKU as it is there. Others are read, and not changed.
docs/storefront.md has the promises. Exits with 1 when one is not kept.

Examples:
  $ catalog-sync storefront check shop --tenant canary
  $ catalog-sync storefront check medusa --tenant canary --sku sync-check`,
    )
    .action(async (name: string, options: { tenant: string; sku?: string }, command: Command) => {
      const { runCheck } = await import('../storefront/run-check.ts');
      await runCheck(name, options, wantsJson(command));
    });

  auditOptions(ofTenant(storefront.command('rotate-secret')))
    .description('give a storefront of kind webhook a new signing secret, printed once')
    .addArgument(storefrontName())
    .addOption(
      new Option('--overlap <time>', 'how long both secrets sign: 90s, 30m, 24h, 7d or 0')
        .argParser(durationValue)
        .default(86_400, '24h'),
    )
    .action(async (name: string, options: OfTenant & { overlap: number }, command: Command) => {
      const { runRotate } = await import('../storefront/run.ts');
      await runRotate(name, options, wantsJson(command));
    });

  auditOptions(ofTenant(storefront.command('remove')))
    .description('take a storefront away; what it was told stays in the attempts')
    .addArgument(storefrontName())
    .action(async (name: string, options: OfTenant, command: Command) => {
      const { runRemove } = await import('../storefront/run.ts');
      await runRemove(name, options, wantsJson(command));
    });
}

function ofTenant(command: Command): Command {
  return command.requiredOption('--tenant <tenant>', 'whose storefront', nameValue);
}
