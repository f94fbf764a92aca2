import { tryLate, tryTwice } from '../order.ts';
import type { StorefrontPromise } from '../promise.ts';
import { HAS_PAGE } from '../shown.ts';
import * as webhook from '../webhook/order.ts';
import { KEEPS_VERSION } from './sets.ts';
import { taken } from './taken.ts';

export const keepsHighest: StorefrontPromise = {
  ...webhook.keepsHighest,
  todo: 'See that what is read by the Admin API is what was written last: no cache, and no replica that is behind.',
  needs: [KEEPS_VERSION],
  try: (storefront) => tryLate(storefront, taken),
};

export const takesAgain: StorefrontPromise = {
  ...webhook.takesAgain,
  todo: 'See what changes the stock whenever it is set, or read: a plugin, an ERP, a hook.',
  needs: [HAS_PAGE],
  try: (storefront) => tryTwice(storefront, taken),
};
