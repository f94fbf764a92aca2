import type { Answer } from '../answer.ts';
import type { Kind, KindMessage, OpenStorefront } from './kind.ts';

/** Tells a storefront of one item. */
export async function publishOne(
  kind: Kind,
  storefront: OpenStorefront,
  { message, ...call }: { message: KindMessage; timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<Answer> {
  const [answer] = await kind.publish(storefront, { messages: [message], ...call });
  if (!answer) throw new Error('a storefront was told of an item, and nothing is known of the answer');
  return answer;
}
