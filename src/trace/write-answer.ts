import type { Contender } from '../domain/winner.ts';
import { beatClause } from './explain-rule.ts';
import type { Trace, TraceEvent } from './trace.ts';

export interface AnswerMaterial extends Omit<Trace, 'answer'> {
  itemId: string;
  /** There are older events than those given. */
  more: boolean;
  tenantState: string;
  /** By supplier. */
  supplierStates: ReadonlyMap<string, string>;
  winner: Contender | undefined;
  /** The best of those that lost. */
  runnerUp: Contender | undefined;
  /** The events that were asked for by their id, and how many deliveries of each had another content. */
  asked: readonly { event: TraceEvent; conflicts: number }[];
}

/** The story in plain words that support can give to a customer. What was asked for comes first. */
export function writeAnswer(material: AnswerMaterial): string {
  const { item } = material;
  const sentences = material.asked.flatMap(({ event, conflicts }) =>
    eventSentences(material, event, conflicts),
  );
  if (item) sentences.push(itemSentence(material), publicationSentence(material), shownSentence(material));
  else if (material.asked.length === 0) sentences.push(...absentSentences(material));
  const waiting = waitingSentence(material);
  if (item && material.asked.length === 0 && waiting !== '') sentences.push(waiting);
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

function itemSentence({ item, winner, runnerUp }: AnswerMaterial): string {
  if (!item) return '';
  const beat = winner && runnerUp ? beatClause(winner, runnerUp) : 'no other event stands against it';
  return (
    `${item.itemId} shows ${item.quantity} since ${item.updatedAt}: event ${item.eventId} of ${item.supplier} ` +
    `(version ${item.version}) won; ${beat}.`
  );
}

function publicationSentence(material: AnswerMaterial): string {
  const { item, versions, publishAttempts } = material;
  const current = versions.find(({ version }) => version === item?.version);
  if (!item || !current) return '';
  const last = publishAttempts.find(
    (attempt) => attempt.version === current.version && attempt.status !== 'sending',
  );
  const because = last?.reason ? `: ${last.reason}` : '';
  switch (current.publication) {
    case 'accepted':
      return `The storefront accepted version ${current.version} at ${current.publicationAt}.`;
    case 'rejected':
      return `The storefront refused version ${current.version}${because}.`;
    case 'failed':
      return `The storefront could not be told of version ${current.version}${because}.`;
    case 'withheld':
      return `The storefront is not told of version ${current.version} yet, because ${closedFlag(material, item.supplier)}.`;
    case 'due':
      return last
        ? `The storefront is still to be told of version ${current.version}; the last attempt, at ${last.startedAt}, ended ${last.status}${because}.`
        : `The storefront is still to be told of version ${current.version}.`;
    default:
      return '';
  }
}

function shownSentence({ item, storefront }: AnswerMaterial): string {
  if (!item || !storefront || 'error' in storefront) return '';
  if (storefront.version === item.version) return `The storefront shows ${storefront.quantity} now.`;
  return `The storefront shows ${storefront.quantity} (version ${storefront.version}) now, not version ${item.version}.`;
}

function eventSentences(material: AnswerMaterial, event: TraceEvent, conflicts: number): string[] {
  const name = `Event ${event.eventId} of ${event.supplier}`;
  const says = `${name} (quantity ${event.quantity}, updatedAt ${event.updatedAt}, received ${event.receivedAt})`;
  const sentences: string[] = [];
  switch (event.outcome) {
    case 'won':
      // The item's own sentence says the rest.
      break;
    case 'superseded':
      sentences.push(
        `${says} lost to ${event.lostTo ? `event ${event.lostTo.eventId} of ${event.lostTo.supplier}` : 'another'}` +
          `${event.rule === null ? '' : ` (${event.rule})`}.`,
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
      sentences.push(`${says} is held, not lost, because ${closedFlag(material, event.supplier)}.`);
      break;
    case 'pending':
      sentences.push(`${says} is on its way and not decided yet.`);
      break;
  }
  if (conflicts > 0) {
    sentences.push(
      `${name} was delivered ${times(conflicts)} again with another content, which was refused: the first content stays.`,
    );
  }
  return sentences;
}

function absentSentences(material: AnswerMaterial): string[] {
  const { events, itemId } = material;
  const [newest] = events;
  if (!newest) return [`${itemId} is not in the catalog.`];
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
  const events = (outcome: string): string | undefined => {
    const count = material.events.filter((event) => event.outcome === outcome).length;
    if (count === 0) return undefined;
    const least = material.more ? 'at least ' : '';
    return count === 1 && !material.more ? 'is 1 event' : `are ${least}${count} events`;
  };
  const [held, pending, failed] = [events('held'), events('pending'), events('failed')];
  const holder = material.events.find(({ outcome }) => outcome === 'held')?.supplier ?? '';
  const parts = [
    held && `${held} held, because ${closedFlag(material, holder)}`,
    pending && `${pending} on the way`,
    failed && `${failed} not saved, which a replay mends`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : `There ${parts.join('; there ')}.`;
}

function closedFlag(material: AnswerMaterial, supplier: string): string {
  const [tenant] = material.itemId.split(':');
  if (material.tenantState === 'closed') return `tenant ${tenant} is closed`;
  if (material.supplierStates.get(supplier) === 'closed') return `supplier ${supplier} is closed`;
  return 'a flag was closed; it is released now';
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
