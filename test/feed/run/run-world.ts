import { ringOf } from '../../../src/access/secrets/key-ring.ts';
import { decryptSecret } from '../../../src/access/secrets/encryption.ts';
import type { Micros } from '../../../src/domain/time.ts';
import { advanceRun } from '../../../src/feed/run/advance-run.ts';
import { fetchRun } from '../../../src/feed/run/fetch-run.ts';
import { readRunStatus } from '../../../src/feed/run/run-status.ts';
import type { RunStatus } from '../../../src/feed/run/told-run.ts';
import { uploadFile } from '../../../src/feed/run/upload-file.ts';
import { setFeed, type FeedSet } from '../../../src/feed/store/set-feed.ts';
import type { FeedRun } from '../../../src/generated/prisma/client.ts';
import { openTenant } from '../../support/flags.ts';
import type { TestDatabase } from '../../support/database.ts';

export const TENANT = 'shop';
export const BY = { actor: 'ann' };
export const KEYS = ringOf(Buffer.alloc(32, 9));

/** A tenant whose supplier acme is open. */
export async function openShop(test: TestDatabase): Promise<void> {
  await openTenant(test.database, TENANT, ['acme']);
}

/** Sets a feed of acme by a document in YAML without its first three lines. */
export async function feedOf(
  test: TestDatabase,
  feed: string,
  rest: string,
  source = '{ upload: {} }',
): Promise<FeedSet> {
  const text = `feed: ${feed}\nsupplier: acme\nsource: ${source}\n${rest}`;
  return setFeed(test.as('operator'), async () => KEYS, { tenant: TENANT, text, by: BY });
}

/** Hands a file in, as whoever gives commands. */
export async function handIn(
  test: TestDatabase,
  feed: string,
  content: string | Buffer,
  name = 'stock.csv',
  writtenAt?: Micros,
) {
  return uploadFile(test.as('operator'), {
    ...{ tenant: TENANT, feed, name, writtenAt, by: BY },
    chunks: chunksOf(Buffer.from(content)),
  });
}

/** Carries a run on as a worker does, without Temporal. @param beat throws where the worker is to die */
export async function carryOn(
  test: TestDatabase,
  runId: string,
  beat: () => void = () => undefined,
  tell?: (run: FeedRun) => void,
): Promise<RunStatus> {
  const worker = test.as('worker');
  const openSecret = (sealed: Uint8Array, context: string) => decryptSecret(KEYS, sealed, context);
  const fetchFile = fetchRun(worker, openSecret, { attempt: 9, signal: new AbortController().signal });
  await advanceRun(worker, runId, { beat, fetchFile, mostDue: 1_000_000, ...(tell && { tell }) });
  return statusOf(test, runId);
}

/** Hands a file in and carries its run to its end, or until it is held. */
export async function runFile(
  test: TestDatabase,
  feed: string,
  content: string | Buffer,
  name?: string,
  writtenAt?: Micros,
): Promise<RunStatus> {
  const { runId } = await handIn(test, feed, content, name, writtenAt);
  return carryOn(test, runId);
}

export async function statusOf(test: TestDatabase, runId: string): Promise<RunStatus> {
  const status = await readRunStatus(test.database, TENANT, runId);
  if (!status) throw new Error(`no run ${runId}`);
  return status;
}

/** Decides what is in the ledger, as workers do. */
export async function decideAll(test: TestDatabase): Promise<void> {
  await test.sql(
    `SELECT save_catalog_item(seq, tenant_id || ':' || sku_key(sku), sku_key(sku), NULL)
       FROM (SELECT * FROM supplier_event WHERE decision IS NULL ORDER BY seq) e`,
  );
}

/** What the catalog shows, by SKU. */
export async function figures(test: TestDatabase): Promise<Record<string, number>> {
  await decideAll(test);
  const rows = await test.database.catalogItem.findMany({ orderBy: { sku: 'asc' } });
  return Object.fromEntries(rows.map(({ sku, quantity }) => [sku, quantity]));
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += 1_000) yield bytes.subarray(start, start + 1_000);
}
