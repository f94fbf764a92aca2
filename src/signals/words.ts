import { secondsInWords } from '../domain/span.ts';

/** `1 item`, `12,345 items`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

/** `1 of 1 item`, `17 of 12,345 items`. */
export function partOf(part: number, all: number, one: string): string {
  return `${part.toLocaleString('en-US')} of ${count(all, one)}`;
}

/** What is said beside, or instead of, a value while the database's clock is behind its own rows. */
export function aheadReason(ahead: number, seconds: number): string {
  return (
    `The database's clock has gone back: ${count(ahead, 'row')} ${ahead === 1 ? 'is' : 'are'} dated up to ` +
    `${secondsInWords(seconds)} ahead of it, and cannot be judged until it has caught up.`
  );
}

/** The command that heals a missed canary, for a tenant or one of its suppliers. */
export function replayCommand({ tenant, supplier }: { tenant: string; supplier: string | null }): string {
  const of = supplier === null ? '' : ` --supplier ${supplier}`;
  return `\`catalog-sync replay --tenant ${tenant}${of} --since TIME\``;
}
