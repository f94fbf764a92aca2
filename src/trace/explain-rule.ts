import { quantityInWords } from '../domain/quantity.ts';
import { spanInWords } from '../domain/span.ts';
import { formatTime, type Micros } from '../domain/time.ts';
import { decidingRule, type Contender, type LosingRule, type WinningRule } from '../domain/winner.ts';

/**
 * Says a rule in words and with the figures that it compared, e.g.
 * `older: updatedAt 10:00:01.000000 < 10:00:05.000000 of acme's event e-17`.
 *
 * @param rival the event that was beaten, or that won; undefined when it is not known (any more)
 */
export function explainRule(
  rule: WinningRule | LosingRule,
  event: Contender,
  rival: Contender | undefined,
): string {
  const words = rule.replaceAll('_', ' ');
  if (rule === 'first') return 'first: the item had no event before it';
  if (!rival) return words;
  const whose = `${rival.supplier}'s event ${rival.eventId}`;
  switch (rule) {
    case 'newer':
    case 'older': {
      const [mine, other] = shortTimes(event.updatedAt, rival.updatedAt);
      return `${words}: updatedAt ${mine} ${rule === 'newer' ? '>' : '<'} ${other} of ${whose}`;
    }
    case 'lower_quantity':
    case 'higher_quantity': {
      const sign = rule === 'lower_quantity' ? '<' : '>';
      const [mine, other] = [quantityInWords(event.quantity), quantityInWords(rival.quantity)];
      return `${words}: ${mine} ${sign} ${other} of ${whose}, at the same updatedAt`;
    }
    case 'greater_supplier':
    case 'lesser_supplier': {
      const sign = rule === 'greater_supplier' ? '>' : '<';
      return `${words}: ${event.supplier} ${sign} ${whose}, at the same updatedAt and quantity`;
    }
    case 'greater_event_id':
    case 'lesser_event_id': {
      const sign = rule === 'greater_event_id' ? '>' : '<';
      return `${words}: ${event.eventId} ${sign} ${rival.eventId}, at the same updatedAt and quantity`;
    }
  }
}

/** How the winner beat another event, as a clause: `it beat e-16 of acme, which is 4 s older`. */
export function beatClause(winner: Contender, rival: Contender): string {
  const beat = `it beat ${rival.eventId} of ${rival.supplier}`;
  switch (decidingRule(winner, rival)) {
    case 'updated_at':
      return `${beat}, which is ${spanInWords(winner.updatedAt - rival.updatedAt)} older`;
    case 'quantity':
      return `${beat}, which says ${quantityInWords(rival.quantity)} for the same moment: the lower quantity wins`;
    case 'supplier':
      return `${beat}, which says the same for the same moment: the greater supplier id wins`;
    case 'event_id':
    case undefined:
      return `${beat}, which says the same for the same moment: the greater event id wins`;
  }
}

/** On the same day the date says nothing. */
function shortTimes(a: Micros, b: Micros): [string, string] {
  const [left, right] = [formatTime(a), formatTime(b)];
  return left.slice(0, 10) === right.slice(0, 10) ? [left.slice(11, 26), right.slice(11, 26)] : [left, right];
}
