import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../database/client.ts';
import type { Answer } from '../../storefront/answer.ts';
import type { StockEntry } from '../../storefront/kinds/admin/stock-api.ts';
import type { ItemVersion, Kind, Limits, OpenStorefront, ShownItem } from '../../storefront/kinds/kind.ts';
import { NO_LIST, type ListAnswer } from '../../storefront/read-list.ts';
import { firstVersion, quantityOf, scratchItems, type ScratchItem } from './scratch-item.ts';

/** As long as a later try of a publish waits: `LATER_ANSWER_MS` of activities/publish-catalog-item.policy.ts. */
export const ANSWER_WITHIN_MS = 10_000;

/** As long as the first try of a publish waits: `FIRST_ANSWER_MS` there. */
export const SLOW_MS = 2_000;

/** Where a storefront asks to be left alone, a call waits so long at most, and so often. */
const LONGEST_PAUSE_MS = 5_000;
const PAUSES = 3;

const NO_ANSWER: Answer = { kind: 'unreachable', reason: 'there was no answer' };

export interface CheckTarget {
  /** By which attempts know it. */
  name: string;
  tenant: string;
  kind: Kind;
  storefront: OpenStorefront;
  /** Undefined: the catalog is not asked what was published. */
  database?: Pick<Database, '$queryRaw'>;
  nowSeconds: number;
  /** What is slow, in ms; `SLOW_MS` unless given. */
  slowMs?: number;
  /** How long an answer is waited for, in ms; `ANSWER_WITHIN_MS` unless given. */
  answerWithinMs?: number;
  /** Of the item to try it on, where the shop has to have that. */
  sku?: string;
  /** Waits until its limits allow for another call. @returns what ends that call. Undefined: nobody else calls it. */
  takeTurn?: () => Promise<() => Promise<void>>;
  /** Stops the check: what is left untried cleans up, at most. */
  signal?: AbortSignal;
}

export interface ScratchMessage {
  /** The same for every try of it. */
  id: string;
  item: ItemVersion;
}

/** A storefront while its promises are tried out, and what was seen of it so far. */
export interface CheckedStorefront extends CheckTarget {
  item: ScratchItem;
  oddItem: ScratchItem;
  unknownItem: ScratchItem;
  /** The version that the last message named. */
  version: number;
  slowMs: number;
  answerWithinMs: number;
  /** What the shop had of the item before anything was set. */
  before?: StockEntry<unknown>;
  /** How often it asked to be left alone. */
  pauses: number;
  /** What was found, by the ids of promises. */
  found: Map<string, 'ok' | 'failed' | 'skipped'>;
  /** How long each answer took, in ms. */
  tookMs: number[];
  /** One that was never sent; of the next version unless one is given. */
  message(over?: { version?: number; quantity?: number; item?: ScratchItem }): ScratchMessage;
  /** Tells it by its kind. */
  tell(message: ScratchMessage, over?: TellOver): Promise<Answer>;
  /** Tells it of several in one call. @returns an answer for each, in their order */
  tellSeveral(messages: readonly ScratchMessage[], over?: TellOver): Promise<Answer[]>;
  /** Makes a call, and makes it again when the storefront asks to be left alone meanwhile. */
  ask(call: () => Promise<Answer>): Promise<Answer>;
  /** What a page shows; that of the scratch item unless another is named. @throws StorefrontSilent */
  page(item?: ScratchItem): Promise<ShownItem | undefined>;
  /** A page of its list, from behind an item on. @throws StorefrontSilent */
  list(after: string): Promise<ListAnswer>;
}

interface TellOver {
  secrets?: Pick<OpenStorefront, 'secret' | 'secretBefore'>;
  timeoutMs?: number;
}

/** How many calls a storefront takes at a time, of so many. */
export function callsAtOnce(limits: Limits | undefined, most: number): number {
  if (!limits) return most;
  return Math.min(most, limits.callsAtOnce ?? (limits.callsPerSecond === undefined ? 1 : most));
}

export function checkedStorefront(target: CheckTarget): CheckedStorefront {
  const { tenant, kind, storefront, takeTurn, answerWithinMs = ANSWER_WITHIN_MS } = target;
  const items = scratchItems(tenant, target.sku);
  const checked: CheckedStorefront = {
    slowMs: SLOW_MS,
    ...target,
    answerWithinMs,
    pauses: 0,
    ...items,
    version: firstVersion(target.nowSeconds) - 1,
    found: new Map(),
    tookMs: [],
    message({ version = checked.version + 1, quantity = quantityOf(version), item = items.item } = {}) {
      checked.version = Math.max(checked.version, version);
      return { id: `check_${randomUUID()}`, item: { ...item, version, quantity } };
    },
    tell: async (message, over) => (await checked.tellSeveral([message], over))[0] ?? NO_ANSWER,
    async tellSeveral(messages, { secrets, timeoutMs = answerWithinMs } = {}) {
      let answers: Answer[] = [];
      await checked.ask(async () => {
        answers = await kind.publish({ ...storefront, ...secrets }, { messages, timeoutMs });
        return answers[0] ?? NO_ANSWER;
      });
      return answers;
    },
    async ask(call) {
      for (let pauses = 0; ; pauses += 1) {
        const end = await takeTurn?.();
        const begun = performance.now();
        const answer = await call().finally(end);
        checked.tookMs.push(Math.round(performance.now() - begun));
        if (answer.kind !== 'unreachable' || answer.retryAfterMs === undefined) return answer;
        checked.pauses += 1;
        if (answer.retryAfterMs > LONGEST_PAUSE_MS || pauses === PAUSES) return answer;
        await sleep(answer.retryAfterMs);
      }
    },
    page: (item = items.item) => kind.readBack(storefront, { item, timeoutMs: answerWithinMs }),
    list: async (after) =>
      (await kind.readList?.(storefront, { tenant, after, timeoutMs: answerWithinMs })) ?? NO_LIST,
  };
  return checked;
}
