import { Buffer } from 'node:buffer';
import { NAME } from '../domain/identity.ts';
import { isStorable } from '../domain/safe-text.ts';
import type { Micros } from '../domain/time.ts';

/** The row of the feed after which a reader goes on; the beginning where `changeNo` is below every number. */
export interface FeedPlace {
  changeNo: bigint;
  itemId: string;
  version: number;
}

/** How far a reader of a tenant's change feed has come, and what it must be told if that has become worthless. */
export interface Cursor extends FeedPlace {
  tenant: string;
  /** When the ledger's generation began in which it was given: one that was put back knows nothing of it. */
  generation: Micros;
  /** How many of the tenant's versions had been pruned when it was given. */
  pruned: bigint;
}

/** Before the first change. */
export const BEGINNING: FeedPlace = { changeNo: -1n, itemId: '', version: 0 };

/** Of another form is another number. */
const FORM = '1';
const BEGUN = /^-?\d{1,18}$/;
const COUNT = /^\d{1,18}$/;
const VERSION = /^\d{1,9}$|^1\d{9}$|^20\d{8}$/;

/** A cursor as a reader gets it, to be sent back as it is: letters, digits, `-` and `_`. */
export function writeCursor({ tenant, generation, pruned, changeNo, version, itemId }: Cursor): string {
  return Buffer.from([FORM, tenant, generation, pruned, changeNo, version, itemId].join(' ')).toString(
    'base64url',
  );
}

/** Reads a cursor; undefined: it is none of ours. */
export function readCursor(text: string): Cursor | undefined {
  const bytes = Buffer.from(text, 'base64url');
  // What is not of its alphabet would be left out in silence.
  if (bytes.toString('base64url') !== text) return undefined;
  const [form, tenant = '', generation = '', pruned = '', changeNo = '', version = '', ...rest] = bytes
    .toString()
    .split(' ');
  const itemId = rest.join(' ');
  const isOurs =
    form === FORM &&
    NAME.test(tenant) &&
    COUNT.test(generation) &&
    COUNT.test(pruned) &&
    BEGUN.test(changeNo) &&
    VERSION.test(version) &&
    isStorable(itemId);
  if (!isOurs) return undefined;
  return {
    tenant,
    generation: BigInt(generation),
    pruned: BigInt(pruned),
    changeNo: BigInt(changeNo),
    version: Number(version),
    itemId,
  };
}
