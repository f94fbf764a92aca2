import { signMessage } from '../../../standard-webhooks/sign-message.ts';
import { taken } from '../judge-answer.ts';
import { broken, kept, type StorefrontPromise } from '../promise.ts';
import { pageFollows, shows } from '../shown.ts';
import { nowSeconds, sendAltered } from './send-altered.ts';

/** Of an integer column, and so of the catalog. */
const MOST = 2 ** 31 - 1;

export const takesAnyQuantity: StorefrontPromise = {
  id: 'takes-any-quantity',
  name: 'takes any quantity from 0 on',
  why: 'A 0 is what has to be shown first of all; and suppliers send the most there is room for, to say "always".',
  todo: 'Keep the quantity as a whole number of 32 bits, and show a 0 as a 0, not as no such item.',
  needs: ['takes-messages'],
  async try(storefront) {
    for (const quantity of [MOST, 0]) {
      const message = storefront.message({ quantity });
      const told = taken(await storefront.tell(message));
      if (told.status !== 'ok') return broken(`of the quantity ${quantity}: ${told.detail}`, told.todo);
      if (!pageFollows(storefront)) continue;
      const shown = shows(await storefront.page(), message);
      if (shown.status !== 'ok') return shown;
    }
    return kept(`0 and ${MOST} accepted`);
  },
};

export const ignoresUnknownFields: StorefrontPromise = {
  id: 'ignores-unknown-fields',
  name: 'ignores unknown fields',
  why: 'A later version of ours may say more; what refuses that stops at the day of our upgrade.',
  todo: 'Read the fields that are named in the contract, and leave the others alone.',
  needs: ['takes-messages'],
  async try(storefront) {
    const message = storefront.message();
    return sendAltered(
      storefront,
      message,
      ({ headers: { 'webhook-id': id = '' }, body: known }, secrets) => {
        const body = withUnknownFields(known);
        return {
          headers: signMessage({ id, timestampSeconds: nowSeconds(), body, ...secrets }),
          body,
        };
      },
      { judge: taken },
    );
  },
};

/** In the message, and in each item of several. */
function withUnknownFields(body: Buffer): Buffer {
  const unknown = { to: ['you', null] };
  const message = JSON.parse(body.toString()) as { items?: object[] };
  const items = message.items?.map((item) => ({ ...item, unknown }));
  return Buffer.from(JSON.stringify({ ...message, ...(items && { items }), unknown }));
}
