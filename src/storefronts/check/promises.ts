import type { StorefrontPromise } from './promise.ts';
import { answers, takesPurges, tellsNothing, throwsPagesAway } from './purge/purges.ts';
import { showsPublished } from './shows-published.ts';
import { takesSeveralInACall } from './webhook/batch.ts';
import { ignoresUnknownFields, takesAnyQuantity } from './webhook/content.ts';
import { listsItems } from './webhook/list.ts';
import { answersInTime, takesSeveralAtOnce } from './webhook/load.ts';
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

/** What storefronts of a kind promise, in the order in which it is tried. */
const PROMISES: Partial<Record<string, readonly StorefrontPromise[]>> = {
  webhook: [
    takesMessages,
    ...[refusesUnsigned, refusesOtherSecrets, refusesAlteredBodies, refusesOldMessages, takesSecondSignature],
    ...[showsAtOnce, showsTheNext, keepsHighest, takesAgain],
    ...[unknownIsUnknown, oddIds, takesAnyQuantity, ignoresUnknownFields],
    ...[takesSeveralInACall, takesSeveralAtOnce, answersInTime, listsItems, showsPublished],
  ],
  purge: [answers, takesPurges, tellsNothing, throwsPagesAway, showsPublished],
};

/** Of a kind with none of its own, that which holds for every storefront. */
export function promisesOf(kind: string): readonly StorefrontPromise[] {
  return PROMISES[kind] ?? [showsPublished];
}
