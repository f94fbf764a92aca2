import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../database/client.ts';
import type { Answer } from '../../storefront/answer.ts';
import type { ItemVersion, Kind, OpenStorefront, ShownItem } from '../../storefront/kinds/kind.ts';
import { publishOne } from '../../storefront/kinds/publish-one.ts';
import { NO_LIST, type ListAnswer } from '../../storefront/read-list.ts';
import { firstVersion, quantityOf, scratchItems, type ScratchItem } from './scratch-item.ts';

/** As long as a later try of a publish waits: `LATER_ANSWER_MS` of activities/publish-catalog-item.policy.ts. */
export const ANSWER_WITHIN_MS = 10_000;

/** As long as the first try of a publish waits: `FIRST_ANSWER_MS` there. */
export const SLOW_MS = 2_000;

/** Where a storefront asks to be left alone, a call waits so long at most, and so often. */
const LONGEST_PAUSE_MS = 5_000;
const PAUSES = 3;

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
  /** What was found, by the ids of promises. */
  found: Map<string, 'ok' | 'failed' | 'skipped'>;
  /** How long each answer took, in ms. */
  tookMs: number[];
  /** One that was never sent; of the next version unless one is given. */
  message(over?: { version?: number; quantity?: number; item?: ScratchItem }): ScratchMessage;
  /** Tells it by its kind. */
  tell(message: ScratchMessage, secrets?: Pick<OpenStorefront, 'secret' | 'secretBefore'>): Promise<Answer>;
  /** Makes a call, and makes it again when the storefront asks to be left alone meanwhile. */
  ask(call: () => Promise<Answer>): Promise<Answer>;
  /** What a page shows; that of the scratch item unless another is named. @throws StorefrontSilent */
  page(item?: ScratchItem): Promise<ShownItem | undefined>;
  /** A page of its list, from behind an item on. @throws StorefrontSilent */
  list(after: string): Promise<ListAnswer>;
}

export function checkedStorefront(target: CheckTarget): CheckedStorefront {
  const { tenant, kind, storefront } = target;
  const items = scratchItems(tenant);
  const checked: CheckedStorefront = {
    slowMs: SLOW_MS,
    ...target,
    ...items,
    version: firstVersion(target.nowSeconds) - 1,
    found: new Map(),
    tookMs: [],
    message({ version = checked.version + 1, quantity = quantityOf(version), item = items.item } = {}) {
      checked.version = Math.max(checked.version, version);
      return { id: `check_${randomUUID()}`, item: { ...item, version, quantity } };
    },
    tell: (message, secrets) =>
      checked.ask(() =>
        publishOne(kind, { ...storefront, ...secrets }, { message, timeoutMs: ANSWER_WITHIN_MS }),
      ),
    async ask(call) {
      for (let pauses = 0; ; pauses += 1) {
        const begun = performance.now();
        const answer = await call();
        checked.tookMs.push(Math.round(performance.now() - begun));
        if (answer.kind !== 'unreachable' || answer.retryAfterMs === undefined) return answer;
        if (answer.retryAfterMs > LONGEST_PAUSE_MS || pauses === PAUSES) return answer;
        await sleep(answer.retryAfterMs);
      }
    },
    page: (item = items.item) => kind.readBack(storefront, { item, timeoutMs: ANSWER_WITHIN_MS }),
    list: async (after) =>
      (await kind.readList?.(storefront, { tenant, after, timeoutMs: ANSWER_WITHIN_MS })) ?? NO_LIST,
  };
  return checked;
}
