import { z } from 'zod';
import { encryptSecret } from '../access/secrets/encryption.ts';
import type { KeyRing } from '../access/secrets/key-ring.ts';

const schema = z.discriminatedUnion('kind', [
  /** `secret` as `whsec_…`: see src/standard-webhooks. */
  z.object({ kind: z.literal('webhook'), url: z.string(), secret: z.string() }),
  z.object({ kind: z.literal('slack'), url: z.string() }),
  /** `smtp` is the mail server's address, with user and password if it wants any; `to` has commas between several. */
  z.object({ kind: z.literal('email'), to: z.string(), from: z.string(), smtp: z.string() }),
  /** Events API v2, by an integration's key. */
  z.object({ kind: z.literal('pagerduty'), key: z.string(), url: z.string() }),
]);

/** Where a channel leads, and what opens or signs for it: a secret as a whole. */
export type Target = z.output<typeof schema>;

/** A channel's target is in no form that is read: it was given up with its key. */
export class TargetGone extends Error {
  override name = 'TargetGone';
}

/** What a target is encrypted for. */
export function channelContext(name: string): string {
  return `notify ${name}`;
}

export function sealTarget(keys: KeyRing, name: string, target: Target): Uint8Array<ArrayBuffer> {
  return encryptSecret(keys, Buffer.from(JSON.stringify(target)), channelContext(name));
}

/**
 * @param openSecret as the process has it
 * @throws TargetGone, DecryptionError
 */
export function openTarget(
  openSecret: (sealed: Uint8Array, context: string) => Buffer,
  { name, target }: { name: string; target: Uint8Array },
): Target {
  const parsed = schema.safeParse(JSON.parse(openSecret(target, channelContext(name)).toString('utf8')));
  if (parsed.success) return parsed.data;
  throw new TargetGone(
    `where ${name} leads was given up with its key: remove the channel and add it again with \`catalog-sync notify\``,
  );
}
