import { takesSeveral } from '../../../storefront/kinds/takes-several.ts';
import { taken } from '../judge-answer.ts';
import { broken, kept, untried, type StorefrontPromise } from '../promise.ts';
import { pageFollows, shows } from '../shown.ts';

export const takesSeveralInACall: StorefrontPromise = {
  id: 'takes-several-in-a-call',
  name: 'takes several in a call, and answers for each',
  why: 'Its limits say that a call holds several items: what one of them got would be taken for the answer of another.',
  todo:
    'Answer {"items": [{"id", "itemId", …}]} with {"results": [{"itemId", "accepted", "reason"?}]}, one result an item; ' +
    'or set limits.itemsPerCall to 1.',
  needs: ['takes-messages', 'keeps-highest'],
  async try(storefront) {
    if (!takesSeveral(storefront.storefront.limits)) return untried('by its limits a call holds one item');
    const { item: one, oddItem: other } = storefront;
    const version = storefront.version + 1;
    const newest = storefront.message({ version, item: one });
    const first = await storefront.tellSeveral([newest, storefront.message({ version, item: other })]);
    // One that is late, and one that is not: their results differ.
    const second = await storefront.tellSeveral([
      storefront.message({ version: version - 1, item: one }),
      storefront.message({ item: other }),
    ]);
    const failed = [...first, ...second].find(({ kind }) => kind !== 'accepted');
    if (failed) return taken(failed);
    const [late, inTime] = second.map(({ reason }) => reason);
    if (late !== 'superseded' || inTime === 'superseded')
      return broken(
        `told of a late version of one item and a new one of another, it answered ${said(late)} and ${said(inTime)}`,
      );
    if (!pageFollows(storefront)) return kept('two in a call, each with its own result');
    const shown = shows(await storefront.page(one), newest);
    return shown.status === 'ok' ? kept(`two in a call, each with its own result; ${shown.detail}`) : shown;
  },
};

function said(reason: string | undefined): string {
  return reason === undefined ? '"accepted"' : JSON.stringify(reason);
}
