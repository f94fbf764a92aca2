import { z } from 'zod';
import { checkSecret } from '../../standard-webhooks/secret.ts';
import type { Answer } from '../answer.ts';
import { bustBatch } from '../bust-batch.ts';
import { bustCache } from '../bust-cache.ts';
import { readBack } from '../read-back.ts';
import { readList } from '../read-list.ts';
import type { Kind, KindMessage } from './kind.ts';
import { takesSeveral } from './takes-several.ts';

const REMEDY = 'give the storefront a new one by `catalog-sync storefront rotate-secret` with `--overlap 0`';

/** Our own contract: a signed message, answered by whether it was accepted; pages that say quantity and version. */
export const webhook: Kind = {
  config: z.strictObject({}),
  secret: 'made',
  mostItems: 500,
  async publish({ url, secret, secretBefore, limits }, { messages, timeoutMs, signal }) {
    if (!secret) return unsigned(messages, 'the storefront has no secret to sign with');
    const fault = faultOf([secret, secretBefore]);
    if (fault !== undefined) return unsigned(messages, `${fault}: ${REMEDY}`);
    const call = { storefrontUrl: url, secret, secretBefore, timeoutMs, ...(signal && { signal }) };
    const busts = messages.map(({ id, item }) => ({ messageId: id, item }));
    // Which form it is goes by what is set, not by how many items there are: a storefront has to know one only.
    return takesSeveral(limits)
      ? bustBatch(busts, call)
      : Promise.all(busts.map((bust) => bustCache({ ...call, ...bust })));
  },
  readBack: ({ url }, { item, timeoutMs }) =>
    readBack({ storefrontUrl: url, itemId: item.itemId, timeoutMs }),
  readList: ({ url }, asked) => readList({ storefrontUrl: url, ...asked }),
};

function unsigned(messages: readonly KindMessage[], reason: string): Answer[] {
  return messages.map(() => ({ kind: 'unreachable', reason }));
}

/** Why messages cannot be signed. */
function faultOf(secrets: readonly (Buffer | undefined)[]): string | undefined {
  try {
    for (const secret of secrets) if (secret) checkSecret(secret);
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}
