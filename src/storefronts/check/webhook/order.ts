import { taken } from '../judge-answer.ts';
import { tryLate, tryTwice } from '../order.ts';
import type { StorefrontPromise } from '../promise.ts';

/** Doctor tries this one and `takesMessages` too. */
export const keepsHighest: StorefrontPromise = {
  id: 'keeps-highest',
  name: 'keeps the highest version',
  why: 'An attempt may arrive late, behind a newer one: the page would go back to what is long sold.',
  todo:
    'Have it keep the highest version that it has seen of an item, and answer a lower one ' +
    '{"accepted": true, "reason": "superseded"}.',
  needs: ['takes-messages'],
  try: (storefront) => tryLate(storefront, taken),
};

export const takesAgain: StorefrontPromise = {
  id: 'takes-again',
  name: 'takes the same message twice',
  why: 'An answer may get lost on its way: the message comes again, and a "no" would count as a rejection.',
  todo: 'Answer {"accepted": true} to a webhook-id that was taken before, and to the version that it keeps.',
  needs: ['takes-messages'],
  try: (storefront) => tryTwice(storefront, taken),
};
