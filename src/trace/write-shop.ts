import type { Shop } from './read-shop.ts';
import type { Standing } from './read-standing.ts';
import type { TraceItem } from './trace.ts';

export interface ShopMaterial {
  item: TraceItem | null;
  shop: Shop;
  standing: Standing | undefined;
  /** Why nothing is told to the storefront, where a flag is closed, such as `tenant canary is closed`. */
  closed: string;
  /** The catalog's row says what the ledger says. */
  rowIsRight: boolean;
}

/**
 * What the shop shows, which is said only of what it was read to show, and why that is not what the catalog says: how
 * the catalog's version is published.
 */
export function shopSentences(material: ShopMaterial): string[] {
  const { item, shop, standing } = material;
  if (!item)
    return shop.kind === 'shown'
      ? [`The shop shows ${shown(shop)}, of which the catalog knows nothing.`]
      : [];
  const told = standing && toldClause(standing, material.closed);
  switch (shop.kind) {
    case 'shown': {
      const { words, isRight } = comparison(shop, item);
      return [told === undefined ? `${words}.` : `${words}${linkOf(material, isRight)} ${told}.`];
    }
    case 'unknown item':
      return [
        `The shop does not know the item${told === undefined ? '' : `${linkOf(material, false)} ${told}`}.`,
      ];
    case 'no answer':
      return [
        ended(`What the shop shows is not known: ${shop.why.replace(/^read back item: /, '')}`),
        ...ofItsOwn(told),
      ];
    case 'no address':
      return ['What the shop shows is not known: it has no known address.', ...ofItsOwn(told)];
  }
}

function ofItsOwn(told: string | undefined): string[] {
  return told === undefined ? [] : [`${told.replace(/^it /, 'It ')}.`];
}

function comparison(
  shop: { quantity: number; version: number },
  item: TraceItem,
): { words: string; isRight: boolean } {
  if (shop.version === item.version && shop.quantity === item.quantity) {
    return { words: `The shop shows ${shown(shop)} now`, isRight: true };
  }
  const words =
    shop.version < item.version
      ? `The shop still shows ${shown(shop)}`
      : `The shop shows ${shown(shop)} now, not ${shown(item)}`;
  return { words, isRight: false };
}

function shown({ quantity, version }: { quantity: number; version: number }): string {
  return `${quantity} (version ${version})`;
}

/** Publication explains what the shop shows, or stands against it; beside a row altered by hand it does neither. */
function linkOf({ standing, rowIsRight }: ShopMaterial, isRight: boolean): string {
  const accepted = standing?.publication.state === 'accepted';
  if (!rowIsRight || (isRight && accepted)) return ';';
  return isRight || accepted ? ', though' : ', because';
}

/** How the version was told to the storefront, as a clause that begins with `it` and has no full stop. */
function toldClause(standing: Standing, closed: string): string | undefined {
  const { version, state, at } = standing.publication;
  const { refusal } = standing;
  switch (state) {
    case 'accepted':
      return `it accepted version ${version} at ${at}`;
    case 'rejected':
      return (
        `it refused version ${version} at ${refusal?.startedAt ?? at}${because(refusal?.reason ?? null)}; ` +
        'nothing tries again until a replay does'
      );
    case 'failed':
      return (
        `${failedTries(standing) ?? `it could not be told of version ${version}`}; the tries ended at ${at}, and a ` +
        'replay tries again'
      );
    case 'withheld':
      return `it is not told of version ${version} yet: ${closed}`;
    case 'due':
      return dueClause(standing);
    default:
      return undefined;
  }
}

function dueClause(standing: Standing): string {
  const { version, nextTryAt, lastTry } = standing.publication;
  const next = nextTryAt === null ? '' : `; next try at ${nextTryAt}`;
  const failed = failedTries(standing);
  if (failed !== undefined) return `${failed}${standing.isSending ? '; a try is under way' : next}`;
  if (standing.isSending) return `it is being told of version ${version} just now`;
  if (lastTry?.status === 'unanswered') {
    return `nobody saw its answer to version ${version}, of which it was told at ${lastTry.startedAt}${next}`;
  }
  return `it was not told of version ${version} yet${next}`;
}

/** @returns undefined when no try has failed since the storefront last said anything */
function failedTries({ publication, failedWith, failure }: Standing): string | undefined {
  const { version, failedTries: count } = publication;
  if (count === 0 || !failure) return undefined;
  const at = `${count === 1 ? 'at' : 'the last at'} ${failure.startedAt}`;
  if (failedWith !== undefined) {
    const said = failure.reason?.replace(/^HTTP \d+(: )?/, '') ?? '';
    const often = count === 1 ? '' : ` ${count} times in a row`;
    return `it answered HTTP ${failedWith}${often} when told of version ${version} (${at}${because(said === '' ? null : said)})`;
  }
  const tries = count === 1 ? 'the try failed' : `${count} tries in a row failed`;
  return `it could not be told of version ${version}: ${tries} (${at}${because(failure.reason)})`;
}

function because(reason: string | null): string {
  return reason === null || reason === '' ? '' : `: ${reason.replace(/\.$/, '')}`;
}

function ended(sentence: string): string {
  return sentence.endsWith('.') ? sentence : `${sentence}.`;
}
