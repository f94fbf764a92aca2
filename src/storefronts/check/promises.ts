import type { KindName } from '../../storefront/kinds/index.ts';
import type { StorefrontPromise } from './promise.ts';
import { answersInTime } from './answers-in-time.ts';
import * as purge from './purge/purges.ts';
import { showsPublished } from './shows-published.ts';
import { hasTheItem, isPutBack } from './stock/item.ts';
import * as stockLoad from './stock/load.ts';
import { letsUsIn, refusesOtherSecrets as refusesOtherLogins } from './stock/opens.ts';
import * as stockOrder from './stock/order.ts';
import { keepsVersion, rejectsUnknown, setsAbsolutely, setsStock } from './stock/sets.ts';
import { takesSeveralInACall } from './webhook/batch.ts';
import { ignoresUnknownFields, takesAnyQuantity } from './webhook/content.ts';
import { listsItems } from './webhook/list.ts';
import { takesSeveralAtOnce } from './webhook/load.ts';
import { keepsHighest, takesAgain } from './webhook/order.ts';
import { oddIds, showsAtOnce, showsTheNext, unknownIsUnknown } from './webhook/pages.ts';
import {
  refusesAlteredBodies,
  refusesOldMessages,
  refusesOtherSecrets,
  refusesUnsigned,
  takesSecondSignature,
} from './webhook/signatures.ts';
import { takesMessages } from './webhook/takes-messages.ts';

/** Of a shop whose stock is set by SKU. */
const STOCK: readonly StorefrontPromise[] = [
  ...[letsUsIn, hasTheItem, refusesOtherLogins],
  ...[setsStock, setsAbsolutely, keepsVersion, stockOrder.keepsHighest, stockOrder.takesAgain],
  ...[rejectsUnknown, stockLoad.takesSeveralInACall, stockLoad.bearsItsLimits],
  ...[stockLoad.survivesImpatience, stockLoad.answersInTime, isPutBack, showsPublished],
];

/** What storefronts of a kind promise, in the order in which it is tried. */
const PROMISES: Readonly<Record<KindName, readonly StorefrontPromise[]>> = {
  webhook: [
    takesMessages,
    ...[refusesUnsigned, refusesOtherSecrets, refusesAlteredBodies, refusesOldMessages, takesSecondSignature],
    ...[showsAtOnce, showsTheNext, keepsHighest, takesAgain],
    ...[unknownIsUnknown, oddIds, takesAnyQuantity, ignoresUnknownFields],
    ...[takesSeveralInACall, takesSeveralAtOnce, answersInTime, listsItems, showsPublished],
  ],
  purge: [
    ...[purge.answers, purge.takesPurges, purge.refusesOtherSecrets, purge.takesAgain],
    ...[purge.tellsNothing, purge.throwsPagesAway, purge.answersInTime, showsPublished],
  ],
  vendure: STOCK,
  medusa: STOCK,
  shopify: STOCK,
};

export function promisesOf(kind: KindName): readonly StorefrontPromise[] {
  return PROMISES[kind];
}

/** Whether an item that the shop has is needed to try them on. */
export function needItem(promises: readonly StorefrontPromise[]): boolean {
  return promises.includes(hasTheItem);
}
