import { randomBytes } from 'node:crypto';
import { AdminFault } from '../../../storefront/kinds/admin/fault-table.ts';
import { broken, kept, type StorefrontPromise } from '../promise.ts';
import { figures } from '../shown.ts';

export const LETS_US_IN = 'lets-us-in';

export const letsUsIn: StorefrontPromise = {
  id: LETS_US_IN,
  name: 'lets us in, and is read',
  why: 'Nothing is published before somebody has set what is missing: address, secret, role, location, field.',
  todo: 'Set what the message says; docs/storefronts.md has it by kind.',
  async try(storefront) {
    const { unknownItem } = storefront;
    const shown = await storefront.page(unknownItem);
    return shown
      ? broken(`it has ${figures(shown)} under ${JSON.stringify(unknownItem.sku)}, a SKU that nobody gave`)
      : kept(`it has nothing under ${JSON.stringify(unknownItem.sku)}`);
  },
};

export const refusesOtherSecrets: StorefrontPromise = {
  id: 'refuses-other-secrets',
  name: 'refuses another secret',
  why: 'Whoever finds the address could set quantities.',
  todo: 'See that its Admin API asks for a login or a key, and what stands before it passes that on.',
  needs: [LETS_US_IN],
  async try({ kind, storefront, unknownItem: item, answerWithinMs: timeoutMs }) {
    const secret = Buffer.from(`wrong-${randomBytes(12).toString('hex')}`);
    try {
      await kind.readBack({ ...storefront, secret, secretBefore: undefined }, { item, timeoutMs });
      return broken('it was read with another secret');
    } catch (error) {
      if (error instanceof AdminFault && error.means === 'signed out') return kept(error.message);
      throw error;
    }
  },
};
