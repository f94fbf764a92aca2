import type { Answer } from '../../answer.ts';
import { printableReason } from '../../reason.ts';
import type { ItemVersion, KindMessage } from '../kind.ts';
import { CallFailed, type CallAdminApi } from './call-admin-api.ts';
import { USER_ERRORS } from './errors.ts';
import { readVariants, type Variant } from './read-variants.ts';
import { writeQuantities, writeVersions, type Write, type WriteError } from './write.ts';

/** One to tell, one after what was stale is read again, one after another item's no, which nothing was written by. */
const ROUNDS = 3;

/** An item on its way. */
interface Telling {
  item: ItemVersion;
  /** Somebody else wrote, and it was read again since. */
  wasStale: boolean;
  answer: Answer | undefined;
}

/**
 * Reads what the shop has, checks, and writes: first the version, then the quantity, each only if it is still what was read.
 * So a late call finds the version raised, and writes nothing. One that ended between the two is told again, finds its own
 * version, and sets the quantity.
 */
export async function publishToShop(
  call: CallAdminApi,
  messages: readonly KindMessage[],
  location: string,
): Promise<Answer[]> {
  const begun = performance.now();
  const tellings = messages.map(({ item }): Telling => ({ item, wasStale: false, answer: undefined }));
  const done = (telling: Telling, reason?: string): void => {
    const latencyMs = Math.round(performance.now() - begun);
    telling.answer = {
      kind: 'accepted',
      httpStatus: 200,
      latencyMs,
      ...(reason !== undefined && { reason }),
    };
  };
  let rest: Answer = { kind: 'unreachable', reason: 'the shop changed while it was told', httpStatus: 200 };
  try {
    for (let round = 1; round <= ROUNDS; round += 1) {
      const open = tellings.filter(({ answer }) => !answer);
      if (open.length === 0) break;
      await tell(call, open, { location, done });
    }
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    rest = error.answer;
  }
  return tellings.map(({ answer }) => answer ?? rest);
}

async function tell(
  call: CallAdminApi,
  tellings: readonly Telling[],
  { location, done }: { location: string; done: (telling: Telling, reason?: string) => void },
): Promise<void> {
  const variants = await readVariants(
    call,
    tellings.map(({ item }) => item.sku),
    location,
  );
  const writes = new Map<Telling, Write>();
  for (const telling of tellings) {
    const { sku, version, quantity } = telling.item;
    const variant = theOnly(variants.get(sku) ?? []);
    if (typeof variant === 'string') telling.answer = no(variant);
    else if (variant.version > version) done(telling, 'superseded');
    else writes.set(telling, { variant, version, quantity });
  }

  const raised = [...writes].filter(([, { variant, version }]) => variant.version < version);
  await write(raised, (all) => writeVersions(call, all));
  const claimed = [...writes].filter(
    ([telling, { variant, version }]) => !telling.answer && variant.version === version,
  );
  const changed = claimed.filter(([, { variant, quantity }]) => variant.onHand !== quantity);
  const isWritten = await write(changed, (all) => writeQuantities(call, all, location));
  for (const one of claimed) if (isWritten || !changed.includes(one)) done(one[0]);
}

/** @returns whether all were written; else none was, and those with an error may have an answer */
async function write(
  writes: readonly (readonly [Telling, Write])[],
  send: (writes: readonly Write[]) => Promise<WriteError[]>,
): Promise<boolean> {
  if (writes.length === 0) return true;
  const errors = await send(writes.map(([, one]) => one));
  for (const error of errors)
    for (const [telling] of error.index === undefined ? writes : writes.slice(error.index, error.index + 1))
      judge(telling, error);
  if (errors.length === 0) for (const [, { variant, version }] of writes) variant.version = version;
  return errors.length === 0;
}

function judge(telling: Telling, { code, message }: WriteError): void {
  const verdict = USER_ERRORS[code] ?? 'later';
  if (verdict === 'again' && !telling.wasStale) {
    telling.wasStale = true;
    return;
  }
  const reason = printableReason(`${code}: ${message}`);
  telling.answer = verdict === 'no' ? no(reason) : { kind: 'unreachable', reason, httpStatus: 200 };
}

/** The one variant that can be told, or why there is none. */
function theOnly(variants: readonly Variant[]): Variant | string {
  const [variant, ...others] = variants;
  if (!variant) return 'no variant of the shop has this SKU';
  if (others.length > 0) return `${variants.length} variants of the shop have this SKU`;
  if (!variant.tracked) return 'the shop does not track the quantity of this SKU';
  if (variant.onHand === undefined) return 'this SKU is not stocked at the location';
  return variant;
}

function no(reason: string): Answer {
  return { kind: 'rejected', reason, httpStatus: 200 };
}
