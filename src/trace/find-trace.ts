import type { Database, Transaction } from '../database/client.ts';
import { itemIdOf, NAME } from '../domain/identity.ts';
import { findByEventId, findBySku, findSubjects } from './find-subjects.ts';
import { describeEvent } from './describe-event.ts';
import { describeItem } from './describe-item.ts';
import { explainOutcome } from './explain-outcome.ts';
import type { LedgerEvent } from './ledger-event.ts';
import { readContest } from './read-contest.ts';
import { readAttempts, readReplays, readVersions } from './read-lists.ts';
import { describeShop, describeShown, readShop, type Shop } from './read-shop.ts';
import { isUnreached, readStanding, type Standing } from './read-standing.ts';
import { OF_TENANT, readStorefronts, type StorefrontBeside } from './read-storefronts.ts';
import { readEvents, readRivals, type Page, type Subject } from './read-story.ts';
import { readWaiting } from './read-waiting.ts';
import type { Trace, TraceEvent } from './trace.ts';
import type { WebUi } from '../temporal/workflow-url.ts';
import { writeAnswer } from './write-answer.ts';

export const DEFAULT_LIMIT = 200;
export const HIGHEST_LIMIT = 1000;

/** What traces are made from, besides the database. */
export interface TraceSurroundings extends WebUi {
  /** The storefront of tenants without an address of their own. */
  defaultStorefrontUrl?: string | undefined;
  /** How long a storefront may take to say what it shows, in ms. */
  readBackTimeoutMs?: number;
}

export type TracePage = Partial<Page>;

export interface FoundTrace {
  trace: Trace;
  /** Where the next page of older events begins: the `before` to ask for. */
  olderBefore: bigint | undefined;
  /** The same trace when it is known when the storefront is told again; its answer says so, too. */
  withNextTry(at: string): Trace;
}

/** No more than so many items for one key. */
const MOST_ITEMS = 20;

/**
 * The stories that a key means: a SKU, an item id or an event id; one for each item.
 *
 * @param query.tenant looks at that tenant alone
 */
export async function findTraces(
  database: Database,
  query: { key: string; tenant?: string | undefined } & TracePage,
  surroundings: TraceSurroundings,
): Promise<FoundTrace[]> {
  const tenants = await tenantsOf(database, query.tenant);
  const subjects = (await findSubjects(database, query.key, tenants)).slice(0, MOST_ITEMS);
  return inTurn(subjects, (subject) => traceOf(database, subject, query, surroundings));
}

/** The story of one item; undefined when its SKU was never heard of. The SKU is normalized first. */
export async function traceItem(
  database: Database,
  query: { tenant: string; sku: string } & TracePage,
  surroundings: TraceSurroundings,
): Promise<FoundTrace | undefined> {
  if (!NAME.test(query.tenant)) return undefined;
  const [subject] = await findBySku(database, query.sku, [query.tenant]);
  return subject && traceOf(database, subject, query, surroundings);
}

/** The story of an event's item, with an answer about the event; undefined for an unknown event. */
export async function traceEvent(
  database: Database,
  query: { tenant: string; supplier: string; eventId: string } & TracePage,
  surroundings: TraceSurroundings,
): Promise<FoundTrace | undefined> {
  if (!NAME.test(query.tenant) || !NAME.test(query.supplier)) return undefined;
  const [subject] = await findByEventId(database, query.eventId, [query.tenant], query.supplier);
  return subject && traceOf(database, subject, query, surroundings);
}

/** The tenants to look at; empty when there is none of that name. */
export async function tenantsOf(database: Database, tenant: string | undefined): Promise<string[]> {
  const rows = await database.tenant.findMany({
    select: { id: true },
    orderBy: { id: 'asc' },
    ...(tenant !== undefined && { where: { id: tenant } }),
  });
  return rows.map(({ id }) => id);
}

async function traceOf(
  database: Database,
  subject: Subject,
  page: TracePage,
  surroundings: TraceSurroundings,
): Promise<FoundTrace> {
  const limit = Math.min(page.limit ?? DEFAULT_LIMIT, HIGHEST_LIMIT);
  const { material, beside, olderBefore } = await database.$transaction(
    // One snapshot: else an event could lose to a winner that the item does not name yet.
    (transaction) => readMaterial(transaction, subject, { limit, before: page.before }, surroundings),
    { isolationLevel: 'RepeatableRead', timeout: 20_000 },
  );
  const storefronts = await readShown(database, material.itemId, beside, surroundings);
  const open = storefronts.filter(({ state }) => state === 'open');
  const tell = (standing: Standing | undefined, nextTryAt: string | null): Trace => ({
    answer: writeAnswer({
      ...material,
      standing,
      shops: open.map((one) => ({ ...one, standing: one.standing && withNextTry(one.standing, nextTryAt) })),
    }),
    item: material.item,
    versions: material.versions,
    events: material.events,
    publishAttempts: material.publishAttempts,
    replays: material.replays,
    storefront: open[0] ? describeShop(open[0].shop) : null,
    storefronts: storefronts.map(
      ({ name, kind, state, place, told, accepted, failedTries, waitsFor, shop }) => ({
        ...{ name, kind, state, place, told, accepted, failedTries, waitsFor },
        shows: describeShown(shop, accepted),
      }),
    ),
    publication: standing?.publication ?? null,
  });
  const { standing } = material;
  return {
    trace: tell(standing, null),
    olderBefore,
    withNextTry: (at) => tell(standing && withNextTry(standing, at), at),
  };
}

/** All that are open are read at once: together they take no longer than one may. */
async function readShown(
  database: Database,
  itemId: string,
  beside: readonly StorefrontBeside[],
  { defaultStorefrontUrl: defaultUrl, readBackTimeoutMs: timeoutMs = 3_000 }: TraceSurroundings,
): Promise<(StorefrontBeside & { shop: Shop })[]> {
  return Promise.all(
    beside.map(async (one) => {
      if (one.state !== 'open') return { ...one, shop: { kind: 'no address' } as const };
      return { ...one, shop: await readShop(database, { row: one.row, defaultUrl, itemId, timeoutMs }) };
    }),
  );
}

function withNextTry(standing: Standing, nextTryAt: string | null): Standing {
  return { ...standing, publication: { ...standing.publication, nextTryAt } };
}

async function readMaterial(transaction: Transaction, subject: Subject, page: Page, webUi: WebUi) {
  const itemId = itemIdOf(subject.tenant, subject.sku);
  const tenant = await transaction.tenant.findUniqueOrThrow({
    where: { id: subject.tenant },
    include: { suppliers: { select: { id: true, state: true } }, storefronts: OF_TENANT },
  });
  const row = await transaction.catalogItem.findUnique({ where: { itemId } });
  const contest = await readContest(transaction, itemId);
  const { events: ledger, olderBefore } = await readEvents(transaction, subject, page);
  const rivals = await readRivals(transaction, [
    contest.winnerSeq,
    ...(contest.stock?.shares ?? []).map(({ seq }) => seq),
    ...ledger.flatMap((event) => [event.lostToSeq, event.beatSeq]),
  ]);
  const standing = row ? await readStanding(transaction, itemId, row.version, row.winnerSeq) : undefined;
  const toEvent = (event: LedgerEvent): TraceEvent =>
    describeEvent(
      isUnreached(standing, event) ? { ...event, failureMode: 'storefront_unreachable' } : event,
      explainOutcome(event, contest, rivals),
      webUi,
    );
  const asked = new Set(subject.asked);
  const span = {
    take: page.limit,
    seqs: page.before === undefined ? undefined : ledger.map(({ seq }) => seq),
  };
  const material = {
    itemId,
    more: olderBefore !== undefined,
    tenantState: tenant.state,
    supplierStates: new Map(tenant.suppliers.map(({ id, state }) => [id, state])),
    contest,
    waiting: await readWaiting(transaction, subject),
    standing,
    asked: ledger.filter(({ seq }) => asked.has(seq)).map(toEvent),
    item: row && describeItem(row, contest.ledger),
    versions: await readVersions(transaction, itemId, span),
    events: ledger.map(toEvent),
    publishAttempts: await readAttempts(transaction, itemId, span, webUi),
    replays: await readReplays(transaction, itemId, page.limit, webUi),
  };
  const beside = await readStorefronts(transaction, { itemId, tenant, standing });
  return { material, beside, olderBefore };
}

/** One after the other: each opens a transaction, and the pool is small. */
async function inTurn<A, B>(list: readonly A[], work: (one: A) => Promise<B>): Promise<B[]> {
  const results: B[] = [];
  for (const one of list) results.push(await work(one));
  return results;
}
