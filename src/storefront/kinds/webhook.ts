import { z } from 'zod';
import { bustBatch } from '../bust-batch.ts';
import { bustCache } from '../bust-cache.ts';
import { readBack } from '../read-back.ts';
import { readList } from '../read-list.ts';
import type { Kind } from './kind.ts';
import { takesSeveral } from './takes-several.ts';

/** Our own contract: a signed message, answered by whether it was accepted; pages that say quantity and version. */
export const webhook: Kind = {
  config: z.strictObject({}),
  secret: 'made',
  mostItems: 500,
  async publish({ url, secret, secretBefore, limits }, { messages, timeoutMs, signal }) {
    if (!secret) {
      return messages.map(() => ({
        ...{ kind: 'unreachable', reason: 'the storefront has no secret to sign with' },
      }));
    }
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
