import type { Answer } from '../../answer.ts';
import { StorefrontSilent } from '../../get-answer.ts';
import { networkReason, printableReason } from '../../reason.ts';
import type { ItemVersion, KindMessage } from '../kind.ts';
import type { Allowance } from './allowance.ts';
import { AdminFault } from './fault-table.ts';
import { ChangesRefused, type StockApi, type StockChange, type StockEntry } from './stock-api.ts';

/** Of the time for a publish this share has to be left for a write: one whose answer nobody hears may come late. */
const LEFT_TO_WRITE = 0.25;

/** One to tell, one after what was stale is read again, one after another item's no, for which nothing was written. */
const ROUNDS = 3;

/** An item on its way. */
interface Telling {
  item: ItemVersion;
  /** Somebody else wrote, and it was read again since. */
  wasStale: boolean;
  answer: Answer | undefined;
}

type Change<Handle> = StockChange<Handle> & { telling: Telling };

/**
 * Sets the stock of several items: reads, compares versions, writes what is newer. What was stale is read once more.
 *
 * @returns an answer for each message, in their order. Nothing is thrown.
 */
export async function publishStock<Handle>(
  open: () => StockApi<Handle>,
  messages: readonly KindMessage[],
  time: Allowance,
): Promise<Answer[]> {
  const begun = performance.now();
  const accepted = (reason?: string): Answer => ({
    ...{ kind: 'accepted', httpStatus: 200, latencyMs: Math.round(performance.now() - begun) },
    ...(reason !== undefined && { reason }),
  });
  const tellings = messages.map(({ item }): Telling => ({ item, wasStale: false, answer: undefined }));
  const untold = (): Telling[] => tellings.filter(({ answer }) => !answer);
  let rest: Error = new StorefrontSilent('the shop changed while it was told', { httpStatus: 200 });
  try {
    const shop = open();
    for (let round = 1; round <= ROUNDS && untold().length > 0; round += 1)
      await tell(shop, untold(), { accepted, time });
  } catch (error) {
    // A question that is refused says nothing of the items.
    rest = asError(error);
  }
  return tellings.map(({ answer }) => answer ?? unreachable(rest, time));
}

async function tell<Handle>(
  shop: StockApi<Handle>,
  tellings: readonly Telling[],
  { accepted, time }: { accepted: (reason?: string) => Answer; time: Allowance },
): Promise<void> {
  const entries = groupBySku(await shop.read(tellings.map(({ item }) => item.sku)));
  const changes: Change<Handle>[] = [];
  for (const telling of tellings) {
    const judged = judge(telling.item, entries.get(telling.item.sku) ?? []);
    if (judged === 'same') telling.answer = accepted();
    else if (judged === 'superseded') telling.answer = accepted('superseded');
    else if ('kind' in judged) telling.answer = judged;
    else changes.push({ ...judged, telling });
  }
  for (const [{ telling }, fault] of await writeAll(shop, changes, time)) {
    // Stale for the first time: it stays untold, and is read again.
    if (fault instanceof AdminFault && fault.means === 'stale' && !telling.wasStale) telling.wasStale = true;
    else telling.answer = fault ? answerOf(fault, time) : accepted();
  }
}

function groupBySku<Handle>(entries: readonly StockEntry<Handle>[]): Map<string, StockEntry<Handle>[]> {
  const groups = new Map<string, StockEntry<Handle>[]>();
  for (const entry of entries) groups.set(entry.sku, [...(groups.get(entry.sku) ?? []), entry]);
  return groups;
}

function judge<Handle>(
  { sku, version, quantity }: ItemVersion,
  entries: readonly StockEntry<Handle>[],
): 'same' | 'superseded' | Answer | StockChange<Handle> {
  const [entry] = entries;
  if (!entry) return rejected(`the shop has nothing with the SKU ${JSON.stringify(sku)}`);
  if (entries.length > 1) {
    return rejected(`${entries.length} things in the shop have the SKU ${JSON.stringify(sku)}`);
  }
  if (entry.untellable !== undefined) return rejected(entry.untellable);
  if ((entry.version ?? 0) > version) return 'superseded';
  if (entry.version === version && entry.quantity === quantity) return 'same';
  return { entry, version, quantity };
}

function rejected(reason: string): Answer {
  return { kind: 'rejected', reason: printableReason(reason), httpStatus: 200 };
}

/**
 * Writes all at once; where the shop says no to that and not to which of them, one by one, so that only those are told no
 * that it is said of.
 *
 * @returns for each change undefined, or why it was not written; what is left out was not, for the sake of others
 */
async function writeAll<Handle>(
  shop: StockApi<Handle>,
  changes: readonly Change<Handle>[],
  time: Allowance,
): Promise<[Change<Handle>, Error | undefined][]> {
  const write = async (some: readonly Change<Handle>[]): Promise<Error | undefined> => {
    if (time.leftMs() < time.timeoutMs * LEFT_TO_WRITE)
      return new StorefrontSilent('no time was left to write');
    try {
      await shop.write(some);
      return undefined;
    } catch (error) {
      return asError(error);
    }
  };
  if (changes.length === 0) return [];
  const fault = await write(changes);
  if (fault instanceof ChangesRefused)
    return changes.flatMap((change, no) => (fault.faults.has(no) ? [[change, fault.faults.get(no)]] : []));
  const saidNo = fault instanceof AdminFault && fault.means === 'rejected';
  if (!saidNo || changes.length === 1) return changes.map((change) => [change, fault]);
  const written: [Change<Handle>, Error | undefined][] = [];
  for (const change of changes) {
    const one = await write([change]);
    written.push([change, one instanceof ChangesRefused ? one.faults.get(0) : one]);
  }
  return written;
}

function answerOf(error: Error, time: Allowance): Answer {
  if (error instanceof AdminFault && error.means === 'rejected') {
    const { message, httpStatus } = error;
    return { kind: 'rejected', reason: message, ...(httpStatus !== undefined && { httpStatus }) };
  }
  return unreachable(error, time);
}

function unreachable(error: Error, { timeoutMs }: Allowance): Answer {
  if (!(error instanceof StorefrontSilent)) {
    return { kind: 'unreachable', reason: networkReason(error, timeoutMs) };
  }
  const { message, httpStatus, retryAfterMs } = error;
  return {
    ...{ kind: 'unreachable', reason: printableReason(message) },
    ...(httpStatus !== undefined && { httpStatus }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
