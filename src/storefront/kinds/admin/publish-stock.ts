import type { Answer } from '../../answer.ts';
import { StorefrontSilent } from '../../get-answer.ts';
import { networkReason, printableReason } from '../../reason.ts';
import type { ItemVersion, KindMessage } from '../kind.ts';
import type { Allowance } from './allowance.ts';
import { AdminFault } from './fault-table.ts';
import type { StockApi, StockChange, StockEntry } from './stock-api.ts';

/** Of the time for a publish this share has to be left for a write: one whose answer nobody hears may come late. */
const LEFT_TO_WRITE = 0.25;

/**
 * Sets the stock of several items: reads, compares versions, writes what is newer.
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
  const answers = new Map<ItemVersion, Answer>();
  const items = messages.map(({ item }) => item);
  try {
    const shop = open();
    const entries = groupBySku(await shop.read(items.map(({ sku }) => sku)));
    const changes = new Map<ItemVersion, StockChange<Handle>>();
    for (const item of items) {
      const judged = judge(item, entries.get(item.sku) ?? []);
      if (judged === 'same') answers.set(item, accepted());
      else if (judged === 'superseded') answers.set(item, accepted('superseded'));
      else if ('kind' in judged) answers.set(item, judged);
      else changes.set(item, judged);
    }
    for (const [item, fault] of await writeAll(shop, changes, time))
      answers.set(item, fault ? answerOf(fault, time) : accepted());
  } catch (error) {
    // A question that is refused says nothing of the items.
    for (const item of items) if (!answers.has(item)) answers.set(item, unreachable(error, time));
  }
  return items.map((item) => answers.get(item) ?? unreachable(new Error('it was left out'), time));
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
  if ((entry.version ?? 0) > version) return 'superseded';
  if (entry.version === version && entry.quantity === quantity) return 'same';
  return { entry, version, quantity };
}

function rejected(reason: string): Answer {
  return { kind: 'rejected', reason: printableReason(reason), httpStatus: 200 };
}

/**
 * Writes all at once; where the shop says no to that, one by one, so that only those are told no that it is said of.
 *
 * @returns for each item undefined, or why it was not written
 */
async function writeAll<Handle>(
  shop: StockApi<Handle>,
  changes: ReadonlyMap<ItemVersion, StockChange<Handle>>,
  time: Allowance,
): Promise<Map<ItemVersion, Error | undefined>> {
  const write = async (some: readonly StockChange<Handle>[]): Promise<Error | undefined> => {
    if (time.leftMs() < time.timeoutMs * LEFT_TO_WRITE)
      return new StorefrontSilent('no time was left to write');
    try {
      await shop.write(some);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  };
  if (changes.size === 0) return new Map();
  const fault = await write([...changes.values()]);
  const saidNo = fault instanceof AdminFault && fault.means === 'rejected';
  if (!saidNo || changes.size === 1) return new Map([...changes.keys()].map((item) => [item, fault]));
  const written = new Map<ItemVersion, Error | undefined>();
  for (const [item, change] of changes) written.set(item, await write([change]));
  return written;
}

function answerOf(error: unknown, time: Allowance): Answer {
  if (error instanceof AdminFault && error.means === 'rejected') {
    return { kind: 'rejected', reason: error.message, httpStatus: error.status };
  }
  return unreachable(error, time);
}

function unreachable(error: unknown, { timeoutMs }: Allowance): Answer {
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
