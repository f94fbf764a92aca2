import { inWords } from '../../access/secrets/key-ring.ts';
import { rotateSecrets, type Rotated } from '../../access/secrets/rotate-secrets.ts';
import { createProgressLine } from '../../process/progress-line.ts';
import { stopSignal } from '../../process/stop-signal.ts';
import { withContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { auditedBy, type AuditOptions } from '../option-values.ts';
import { note, print, printJson } from '../output.ts';
import { keyStatus } from './show-status.ts';

/** `secrets rotate`: everything under the first key, or how much that would be. */
export async function runRotate(options: AuditOptions & { dryRun?: true }, json: boolean): Promise<void> {
  await withContext(async (context) => {
    const database = await context.database();
    if (options.dryRun === true) {
      const [first, ...others] = await keyStatus(database, await context.keyRing());
      const due = others.reduce(
        (sum, { suppliers, storefronts, feeds, channels }) =>
          sum + suppliers + storefronts + feeds + channels,
        0,
      );
      if (json) printJson({ dryRun: true, keyId: first?.key ?? null, secrets: due });
      else print(`${due} secrets would be encrypted anew, under the key ${first?.key ?? ''}`);
      return note('dry run; nothing was changed');
    }
    const keys = await context.secretsKeys();
    const { signal } = stopSignal();
    const progress = createProgressLine();
    const by = { ...auditedBy(options), reason: options.reason };
    const rotated = await rotateSecrets(database, keys, by, {
      signal,
      onProgress: (done) => progress.update(() => `${done} secrets encrypted anew`),
    }).finally(() => progress.clear());
    if (json) printJson(rotated);
    else print(sayRotated(rotated));
    if (rotated.closed.length > 0) {
      throw new CommandError(
        `${rotated.closed.length} could not be read and stay as they are:\n  ${rotated.closed.join('\n  ')}`,
      );
    }
    if (signal.aborted) throw new CommandError('Stopped. What was done stays; the same command goes on.');
    if (rotated.retired.length > 0) {
      note(
        `Nothing in the database needs ${inWords(rotated.retired)} any more. Workflows that began before are sealed with it: ` +
          'keep it for a day, then take it out of the settings.',
      );
    }
  });
}

function sayRotated({ keyId, suppliers, storefronts, feeds, channels }: Rotated): string {
  return (
    `under the key ${keyId} now: ${suppliers} secrets of suppliers, ${storefronts} of storefronts, ${feeds} of feeds, ` +
    `${channels} of channels`
  );
}
