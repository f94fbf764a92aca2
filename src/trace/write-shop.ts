import { sentence } from '../domain/sentence.ts';
import type { Shop } from './read-shop.ts';
import type { Standing } from './read-standing.ts';
import type { Tries } from './read-tries.ts';
import type { TraceItem } from './trace.ts';

/** An open storefront beside the item. */
export interface ShopBeside {
  name: string;
  shop: Shop;
  /** How the catalog's version stands with it. */
  standing: Standing | undefined;
  /** Those that have to accept the version before it. */
  waitsFor: readonly string[];
}

export interface ShopMaterial {
  item: TraceItem | null;
  shops: readonly ShopBeside[];
  /** Why nothing is told to the storefront, where a flag is closed, such as `tenant canary is closed`. */
  closed: string;
  /** The catalog's row says what the ledger says. */
  rowIsRight: boolean;
}

/** One storefront, by the words that a sentence calls it. */
interface OneShop extends Omit<ShopBeside, 'name'>, Omit<ShopMaterial, 'shops'> {
  /** `the shop` where it is the only one, and nobody knows its name. */
  called: string;
}

/** How what the shop shows stands beside the catalog; `never told`: somebody else wrote it. */
type Fit = 'right' | 'wrong' | 'never told';

/**
 * What the shop shows, which is said only of what it was read to show, and why that is not what the catalog says: how
 * the catalog's version is published. Where several storefronts are open, the same of each, by its name.
 */
export function shopSentences({ shops, ...material }: ShopMaterial): string[] {
  const [first, ...others] = shops;
  if (!first) {
    return material.item
      ? ['What the shop shows is not known: each of its storefronts is closed, and is told nothing.']
      : [];
  }
  if (others.length === 0) return sentencesOf({ ...material, ...first, called: 'the shop' });
  return shops.flatMap(({ name, ...one }) =>
    sentencesOf({ ...material, ...one, called: `storefront ${name}` }),
  );
}

function sentencesOf(material: OneShop): string[] {
  const { item, shop, standing, called } = material;
  const begun = `${called.charAt(0).toUpperCase()}${called.slice(1)}`;
  if (!item)
    return shop.kind === 'shown'
      ? [`${begun} shows ${shown(shop)}, of which the catalog knows nothing.`]
      : [];
  const told = standing && toldClause(standing, material);
  switch (shop.kind) {
    case 'shown': {
      const { words, fit } = comparison(begun, shop, item);
      return [told === undefined ? `${words}.` : `${words}${linkOf(material, fit)} ${told}.`];
    }
    case 'unknown item':
      return [
        `${begun} does not know the item${told === undefined ? '' : `${linkOf(material, 'wrong')} ${told}`}.`,
      ];
    case 'no answer':
      return [
        sentence(`What ${called} shows is not known: ${shop.why.replace(/^read back item: /, '')}`),
        ...ofItsOwn(told),
      ];
    case 'no address':
      return [`What ${called} shows is not known: it has no known address.`, ...ofItsOwn(told)];
  }
}

function ofItsOwn(told: string | undefined): string[] {
  return told === undefined ? [] : [`${told.replace(/^it /, 'It ')}.`];
}

function comparison(
  begun: string,
  shop: Extract<Shop, { kind: 'shown' }>,
  item: TraceItem,
): { words: string; fit: Fit } {
  if (shop.version === item.version && shop.quantity === item.quantity) {
    return { words: `${begun} shows ${shown(shop)} now`, fit: 'right' };
  }
  if (shop.neverTold) {
    return {
      words: `${begun} shows ${shown(shop)} now, which it was never told, not ${shown(item)}`,
      fit: 'never told',
    };
  }
  const words =
    shop.version < item.version
      ? `${begun} still shows ${shown(shop)}`
      : `${begun} shows ${shown(shop)} now, not ${shown(item)}`;
  return { words, fit: 'wrong' };
}

function shown({ quantity, version }: { quantity: number; version: number }): string {
  return `${quantity} (version ${version})`;
}

/**
 * Publication explains what the shop shows, or stands against it. Beside a row altered by hand, or a figure that nobody
 * told the shop, it does neither.
 */
function linkOf({ standing, rowIsRight }: OneShop, fit: Fit): string {
  const accepted = standing?.publication.state === 'accepted';
  if (!rowIsRight || (fit === 'right' && accepted) || (fit === 'never told' && !accepted)) return ';';
  return fit === 'right' || accepted ? ', though' : ', because';
}

/** How the version was told to the storefront, as a clause that begins with `it` and has no full stop. */
function toldClause(
  standing: Standing,
  { closed, waitsFor }: Pick<OneShop, 'closed' | 'waitsFor'>,
): string | undefined {
  const { version, state, at, refusal } = standing.publication;
  if (waitsFor.length > 0 && (state === 'due' || state === 'failed')) {
    const have = waitsFor.length === 1 ? 'has' : 'have';
    return `it is told after ${waitsFor.join(' and ')}, which ${have} not accepted version ${version} yet`;
  }
  switch (state) {
    case 'accepted':
      return `it accepted version ${version} at ${at}`;
    case 'rejected':
      return (
        `it refused version ${version} at ${refusal?.startedAt ?? at}${because(refusal?.reason ?? null)}; ` +
        (replayClause(standing) ?? 'nothing is tried again before a replay')
      );
    case 'failed':
      return failedClause(standing);
    case 'withheld':
      return `it is not told of version ${version} yet: ${closed}`;
    case 'due':
      return triesClause(standing.publication, standing.tries);
    default:
      return undefined;
  }
}

function failedClause(standing: Standing): string {
  const { version, at } = standing.publication;
  const never = `it could not be told of version ${version}`;
  const again = replayClause(standing);
  if (again !== undefined) return `${never} (the tries ended at ${at}); ${again}`;
  return `${failedTries(version, standing.tries) ?? never}; the tries ended at ${at}, and a replay would try again`;
}

function replayClause({ publication, replaying }: Standing): string | undefined {
  if (!replaying) return undefined;
  const { tries } = replaying;
  const isFirst = tries.isSending && tries.failedTries === 0;
  return `a replay is telling it again: ${isFirst ? 'a try is under way' : triesClause(publication, tries)}`;
}

/** How tries that are not at their end go. */
function triesClause({ version, nextTryAt }: Standing['publication'], tries: Tries): string {
  const { isSending, lastTry } = tries;
  const next = nextTryAt === null ? '' : `; next try at ${nextTryAt}`;
  const failed = failedTries(version, tries);
  if (failed !== undefined) return `${failed}${isSending ? '; a try is under way' : next}`;
  if (isSending) return `it is being told of version ${version} just now`;
  if (lastTry?.status === 'unanswered') {
    return `nobody saw its answer to version ${version}, of which it was told at ${lastTry.startedAt}${next}`;
  }
  return `it was not told of version ${version} yet${next}`;
}

/** @returns undefined when no try has failed since the storefront last said anything */
function failedTries(
  version: number,
  { failedTries: count, failedWith, lastFailure }: Tries,
): string | undefined {
  if (count === 0 || !lastFailure) return undefined;
  const at = `${count === 1 ? 'at' : 'the last at'} ${lastFailure.startedAt}`;
  if (failedWith !== undefined) {
    const said = lastFailure.reason?.replace(/^HTTP \d+(: )?/, '') ?? '';
    const often = count === 1 ? '' : ` ${count} times in a row`;
    return `it answered${often} with HTTP ${failedWith} when told of version ${version} (${at}${because(said === '' ? null : said)})`;
  }
  const tries = count === 1 ? 'the try failed' : `${count} tries in a row failed`;
  return `it could not be told of version ${version}: ${tries} (${at}${because(lastFailure.reason)})`;
}

function because(reason: string | null): string {
  return reason === null || reason === '' ? '' : `: ${reason.replace(/\.$/, '')}`;
}
