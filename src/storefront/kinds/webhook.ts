import { z } from 'zod';
import { bustCache } from '../bust-cache.ts';
import { readBack } from '../read-back.ts';
import { readList } from '../read-list.ts';
import type { Kind } from './kind.ts';

/** Our own contract: a signed message, answered by whether it was accepted; pages that say quantity and version. */
export const webhook: Kind = {
  config: z.strictObject({}),
  secret: 'made',
  mostItems: 1,
  async publish({ url, secret, secretBefore }, { messages, timeoutMs, signal }) {
    if (!secret) {
      return messages.map(() => ({
        ...{ kind: 'unreachable', reason: 'the storefront has no secret to sign with' },
      }));
    }
    return Promise.all(
      messages.map(({ id, item }) =>
        bustCache({
          ...{ storefrontUrl: url, secret, secretBefore, messageId: id, item, timeoutMs },
          ...(signal && { signal }),
        }),
      ),
    );
  },
  readBack: ({ url }, { item, timeoutMs }) =>
    readBack({ storefrontUrl: url, itemId: item.itemId, timeoutMs }),
  readList: ({ url }, asked) => readList({ storefrontUrl: url, ...asked }),
};
