import { quantityInWords } from '../domain/quantity.ts';
import { formatTime } from '../domain/time.ts';
import { stockInWords } from '../domain/stock-in-words.ts';
import { beatClause } from './explain-rule.ts';
import type { Standing } from './read-standing.ts';
import type { Contest } from './read-contest.ts';
import type { Waiting } from './read-waiting.ts';
import type { EventName, TraceEvent, TraceItem } from './trace.ts';
import { shopSentences, type ShopBeside } from './write-shop.ts';

export interface AnswerMaterial {
  itemId: string;
  item: TraceItem | null;
  /** Newest first; not all there are. */
  events: readonly TraceEvent[];
  /** There are older events than those given. */
  more: boolean;
  tenantState: string;
  /** By supplier. */
  supplierStates: ReadonlyMap<string, string>;
  contest: Contest;
  waiting: Waiting;
  standing: Standing | undefined;
  /** Of the open storefronts, in the order in which they are told. */
  shops: readonly ShopBeside[];
  /** The events that were asked for by their id. */
  asked: readonly TraceEvent[];
}

/** The story in plain words that support can give to a customer. What was asked for comes first. */
export function writeAnswer(material: AnswerMaterial): string {
  const { item } = material;
  const sentences = material.asked.flatMap((event) => eventSentences(material, event));
  if (item) sentences.push(itemSentence(material, item));
  else if (material.asked.length === 0) sentences.push(...absentSentences(material));
  sentences.push(
    ...shopSentences({
      ...material,
      rowIsRight: material.contest.rowIsRight,
      closed: closedFlag(material, material.standing?.supplier ?? ''),
    }),
  );
  const waiting = waitingSentence(material);
  if (item && material.asked.length === 0 && waiting !== '') sentences.push(waiting);
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

function itemSentence({ contest, standing }: AnswerMaterial, item: TraceItem): string {
  const { winner, runnerUp, rowIsRight, ledger, stock } = contest;
  if (!rowIsRight || !winner || !stock) return alteredSentence(item, contest);
  if (!ledger.plain) {
    return (
      `${stockInWords(item.itemId, ledger.rule, stock)}. By the rule ${ledger.rule.rule} (version ${item.version}); the newest ` +
      `that counts is of ${item.updatedAt}, received ${formatTime(winner.receivedAt)}.${fixSentence(standing)}`
    );
  }
  const oversold = winner.quantity < 0 ? ` (${quantityInWords(winner.quantity)})` : '';
  const beat = runnerUp ? beatClause(winner, runnerUp) : 'no other event stands against it';
  return (
    `${catalogSays(item)}, the figure of event ${item.eventId} of ${item.supplier}${oversold}, of ${item.updatedAt}, ` +
    `received ${formatTime(winner.receivedAt)}; it won: ${beat}.${fixSentence(standing)}`
  );
}

/** Not since when: `updatedAt` is when the supplier took the figure, not when the catalog had it. */
function catalogSays({ itemId, quantity, version }: TraceItem): string {
  return `${itemId}: the catalog says ${quantity} (version ${version})`;
}

/** The catalog's row is written by nobody but the sync, so a row that differs was altered by hand. */
function alteredSentence(item: TraceItem, { winner, ledger, stock }: Contest): string {
  const says = catalogSays(item);
  if (!winner) return `${says}, but no event in the ledger stands for it: its row was made by hand.`;
  const name = `event ${winner.eventId} of ${winner.supplier}`;
  if (!ledger.plain && stock) {
    return (
      `${says}, but that is not what the ledger says: ${stockInWords(item.itemId, ledger.rule, stock)}. ` +
      `A replay of ${name} repairs the item.`
    );
  }
  const how =
    Math.max(0, winner.quantity) === item.quantity
      ? `which is what ${name} says, and that event wins; but the row's version or its event were altered by hand`
      : `but that is not what the ledger says: ${name} wins, with ${quantityInWords(winner.quantity)}`;
  return `${says}, ${how}. A replay of that event repairs the item.`;
}

function fixSentence(standing: Standing | undefined): string {
  const fix = standing?.fix;
  if (!fix) return '';
  if (fix.kind === 'correction') return ` It is a correction by ${fix.actor}: ${fix.reason}.`;
  const what = fix.target ? `Event ${fix.target.eventId} of ${fix.target.supplier}` : 'The event before it';
  return ` ${what}, which had won, was voided by ${fix.actor}: ${fix.reason}.`;
}

/** A rule in words, without the rival that the sentence has just named. */
function withoutName(rule: string, rival: EventName | null): string {
  if (!rival) return rule;
  const name = `${rival.supplier}'s event ${rival.eventId}`;
  return rule.replace(` of ${name}`, '').replace(name, rival.supplier);
}

function eventSentences(material: AnswerMaterial, event: TraceEvent): string[] {
  const name = `Event ${event.eventId} of ${event.supplier}`;
  const says =
    `${name} (quantity ${quantityInWords(event.quantity)}, updatedAt ${event.updatedAt}, ` +
    `received ${event.receivedAt})`;
  const sentences: string[] = [];
  switch (event.outcome) {
    case 'won':
      // The item's own sentence says the rest.
      break;
    case 'superseded':
      sentences.push(
        `${says} ${event.lostTo ? `lost to event ${event.lostTo.eventId} of ${event.lostTo.supplier}` : 'does not count'}` +
          `${event.rule === null ? '' : ` (${withoutName(event.rule, event.lostTo)})`}.`,
      );
      break;
    case 'rejected':
      sentences.push(`${says} was rejected${event.rule === null ? '' : `: ${event.rule}`}.`);
      break;
    case 'failed':
      sentences.push(
        `${says} could not be saved${event.rule === null ? '' : ` (${event.rule})`}; a replay mends it.`,
      );
      break;
    case 'held':
      sentences.push(
        `${says} is held, not lost, because ${event.rule ?? closedFlag(material, event.supplier)}.`,
      );
      break;
    case 'voided':
      sentences.push(`${says} is out of the contest: ${event.rule ?? 'voided'}.`);
      break;
    case 'applied':
      if (event.kind === 'expiry') {
        sentences.push(`${name} ends a figure by its age: ${event.rule ?? ''}.`);
        break;
      }
      sentences.push(
        `${name} (received ${event.receivedAt}) is a void by ${event.actor ?? 'nobody'}: ${event.reason ?? ''}. ` +
          `It took ${event.voids ? `event ${event.voids.eventId} of ${event.voids.supplier}` : 'an event'} out of the contest.`,
      );
      break;
    case 'pending':
      sentences.push(`${says} is on its way and not decided yet.`);
      break;
  }
  if (event.conflicts > 0) {
    sentences.push(
      `${name} was delivered ${times(event.conflicts)} again with another content, which was refused: the first content stays.`,
    );
  }
  return sentences;
}

function absentSentences(material: AnswerMaterial): string[] {
  const { events, itemId } = material;
  const { winner } = material.contest;
  const [newest] = events;
  if (!newest) return [`${itemId} is not in the catalog.`];
  if (winner) {
    return [
      `${itemId} is not in the catalog, though event ${winner.eventId} of ${winner.supplier} won it with ` +
        `${quantityInWords(winner.quantity)}: its row was taken away by hand. A replay of that event puts it back.`,
    ];
  }
  const rejected = events.filter(({ outcome }) => outcome === 'rejected').length;
  if (rejected === events.length) {
    const which =
      rejected === 1 ? 'its only event was rejected' : `each of its ${rejected} newest events was rejected`;
    const last = rejected === 1 && !material.more ? 'event' : 'the last, event';
    return [
      `${itemId} is not in the catalog: ${which}; ${last} ${newest.eventId} of ${newest.supplier}: ${newest.rule ?? ''}.`,
    ];
  }
  return [`${itemId} is not in the catalog yet.`, waitingSentence(material)];
}

function waitingSentence(material: AnswerMaterial): string {
  const { held, unknown, pending, failed, holder } = material.waiting;
  const parts = [
    unknown > 0 && `${countOf(unknown)} held, because the code has no alias (unknown_sku)`,
    held > 0 && `${countOf(held)} held, because ${closedFlag(material, holder ?? '')}`,
    pending > 0 && `${countOf(pending)} on the way`,
    failed > 0 && `${countOf(failed)} not saved, which a replay mends`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? '' : `There ${parts.join('; there ')}.`;
}

function countOf(count: number): string {
  return count === 1 ? 'is 1 event' : `are ${count} events`;
}

function closedFlag(material: AnswerMaterial, supplier: string): string {
  const [tenant] = material.itemId.split(':');
  if (material.tenantState === 'closed') return `tenant ${tenant} is closed`;
  if (material.supplierStates.get(supplier) === 'closed') return `supplier ${supplier} is closed`;
  return 'a flag was closed; both are open now, so this goes on soon';
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
