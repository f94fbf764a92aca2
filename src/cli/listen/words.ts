import { printable } from '../../domain/safe-text.ts';
import { formatTime } from '../../domain/time.ts';
import type { Arrival, ArrivedEvent, ArrivedRefusal } from '../../intake/read-arrivals.ts';

/** An arrival in a line or, when it was refused for faults of fields, a line more for each. */
export function arrivalInWords(arrival: Arrival): string {
  const head = `${formatTime(arrival.at).slice(11, 19)}Z  ${arrival.supplier}  ${arrival.kind.padEnd(9)}`;
  return `${head}  ${arrival.kind === 'refused' ? refusal(arrival) : event(arrival)}`;
}

/** The same as one value of JSON. */
export function arrivalAsJson({ key: _key, at, ...arrival }: Arrival): object {
  if (arrival.kind === 'refused') return { at: formatTime(at), ...arrival };
  return {
    at: formatTime(at),
    ...arrival,
    updatedAt: arrival.updatedAt === null ? null : formatTime(arrival.updatedAt),
  };
}

function event({ eventId, sku, quantity, updatedAt, location }: ArrivedEvent): string {
  const figure = sku === null || updatedAt === null ? '' : `  ${sku} = ${quantity}, ${formatTime(updatedAt)}`;
  const where = location === null ? '' : `, ${location}`;
  return printable(`${eventId}${figure}${where}`);
}

function refusal({ status, code, reason, faults, signed, unwritten }: ArrivedRefusal): string {
  const who = signed ? '' : ', not signed: anybody may have sent it';
  const more = unwritten === 0 ? '' : ` (and ${unwritten} before it that were not written down)`;
  const lines = faults.map((one) => `    ${one.pointer ?? one.header ?? 'body'}: ${one.detail}`);
  return [`${status} ${code}${who}${more}`, `    ${reason}`, ...lines]
    .map((line) => printable(line))
    .join('\n');
}
