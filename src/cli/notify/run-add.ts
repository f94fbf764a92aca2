import { seconds } from '../../domain/time.ts';
import { readTarget } from '../../notify/read-target.ts';
import { addChannel, removeChannel } from '../../notify/set-channel.ts';
import { withContext } from '../context.ts';
import { usageError } from '../errors.ts';
import { auditedBy, type AuditOptions } from '../option-values.ts';
import { note, print, printJson } from '../output.ts';
import { readText } from '../read-text.ts';
import type { AddOptions } from './options.ts';

/** `notify add` */
export async function runAdd(name: string, options: AddOptions, json: boolean): Promise<void> {
  const { kind, tenant, owner, atLeast, from, url } = options;
  if (options.to === '-' && options.smtp === '-') throw usageError('Only one of --to and --smtp can be "-".');
  const to = options.to === '-' ? (await readText('-')).trim() : options.to;
  const smtp = options.smtp === undefined ? undefined : (await readText(options.smtp)).trim();
  await withContext(async (context) => {
    const { target, shown, secret } = await readTarget(kind, { to, smtp, from, url });
    const patience = {
      inconclusive: seconds(options.inconclusive),
      publish: seconds(options.publishWaits),
      expiry: seconds(options.expiresWithin),
    };
    await addChannel(
      await context.database(),
      await context.secretsKeys(),
      { name, target, shown, tenant: tenant ?? null, owner: owner ?? null, atLeast, patience },
      by(options),
    );
    if (json) return printJson({ channel: name, kind, to: shown, ...(secret !== undefined && { secret }) });
    print(`channel ${name}, ${kind}, leads to ${shown}`);
    if (secret !== undefined) {
      print(`channel secret: ${secret}`);
      note('Give the secret to the receiver now: it is not shown again.');
    }
    note(`\`catalog-sync notify test ${name}\` says whether messages come through.`);
  });
}

/** `notify remove` */
export async function runRemove(name: string, options: AuditOptions, json: boolean): Promise<void> {
  await withContext(async (context) => {
    await removeChannel(await context.database(), name, by(options));
    if (json) return printJson({ channel: name, removed: true });
    print(`channel ${name} is removed`);
  });
}

const by = (options: AuditOptions) => ({ ...auditedBy(options), reason: options.reason });
