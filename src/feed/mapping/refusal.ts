import { printable } from '../../domain/safe-text.ts';

/** Why a row, or a part of it, gave no event; stable, for grouping. docs/feeds.md says of each what to do. */
export const REFUSAL_CODES = [
  'missing_value',
  'too_many_fields',
  'several_values',
  'bad_sku',
  'bad_quantity',
  'not_whole',
  'ambiguous_quantity',
  'bad_time',
  'no_zone',
  'no_time_of_day',
  'ambiguous_time',
  'epoch_time',
  'zero_time',
  'skipped_hour',
  'no_time_of_file',
  'bad_location',
  'bad_id',
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** A value that cannot be taken, with a reason for people. */
export class Fault {
  readonly code: RefusalCode;
  readonly reason: string;

  constructor(code: RefusalCode, reason: string) {
    this.code = code;
    this.reason = reason;
  }
}

const SHOWN = 60;

/** A value as a reason quotes it. */
export function quoted(text: string): string {
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
  return `"${printable(shown)}"`;
}
