import { RE2JS } from 're2js';
import type { PurgeRequest } from './purge-schema.ts';

type Status = PurgeRequest['accepted'][number];

/** What came back, as far as it is looked at. */
export interface PurgeAnswer {
  status: number;
  header(name: string): string | undefined;
  body: string;
}

/** Statuses by which any server says "later". */
const LATER: readonly Status[] = [408, 425, 429, '5xx'];

/** A page that was cached is thrown away; there was none; it will not do it; or it is to be asked again. */
export type PurgeVerdict = 'hit' | 'nothing' | 'no' | 'later';

/** Judges an answer by what is set for its request. What says that nothing was hit comes before all else. */
export function judgeAnswer(
  { accepted, nothing, later = [] }: Pick<PurgeRequest, 'accepted' | 'nothing' | 'later'>,
  answer: PurgeAnswer,
): PurgeVerdict {
  if (nothing && saysNothing(nothing, answer)) return 'nothing';
  if (isOneOf(accepted, answer.status)) return 'hit';
  return isOneOf([...LATER, ...later], answer.status) ? 'later' : 'no';
}

function saysNothing(
  { status, header, body }: NonNullable<PurgeRequest['nothing']>,
  answer: PurgeAnswer,
): boolean {
  const signs = [
    status && isOneOf(status, answer.status),
    header && answer.header(header.name.toLowerCase()) === header.value,
    body !== undefined && RE2JS.compile(body).matcher(answer.body).find(),
  ].filter((sign) => typeof sign === 'boolean');
  const asked = [status, header, body].filter((one) => one !== undefined).length;
  return asked > 0 && signs.filter(Boolean).length === asked;
}

function isOneOf(list: readonly Status[], status: number): boolean {
  return list.some((one) => one === status || one === `${Math.floor(status / 100)}xx`);
}
