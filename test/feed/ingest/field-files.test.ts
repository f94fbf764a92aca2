import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatTime, microsOf } from '../../../src/domain/time.ts';
import { UnreadableFile } from '../../../src/feed/file/unreadable-file.ts';
import { ingestFile } from '../../../src/feed/ingest/ingest-file.ts';
import type { RefusedLine } from '../../../src/feed/ingest/ingest-rows.ts';
import { approveRun } from '../../../src/feed/run/decide-run.ts';
import { readRefusals } from '../../../src/feed/run/read-refusals.ts';
import { uploadFile } from '../../../src/feed/run/upload-file.ts';
import { setFeed } from '../../../src/feed/store/set-feed.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { openTenant } from '../../support/flags.ts';
import { NIGHT, type FieldFile } from '../file/field/field-file.ts';
import { LISTS_OF_ROWS } from '../file/field/lists-of-rows.ts';
import { OTHER_FORMATS } from '../file/field/other-formats.ts';
import { OTHER_TABLES } from '../file/field/other-tables.ts';
import { REPORTED_OTHERS } from '../file/field/reported-others.ts';
import { REPORTED_TABLES } from '../file/field/reported-tables.ts';
import { BY, carryOn, KEYS, TENANT } from '../run/run-world.ts';

interface OfSupplier extends FieldFile {
  supplier: string;
}

const FILES: OfSupplier[] = [
  ...REPORTED_TABLES,
  ...REPORTED_OTHERS,
  ...OTHER_TABLES,
  ...OTHER_FORMATS,
  ...LISTS_OF_ROWS,
].map((file, no) => ({ ...file, supplier: `s${no}` }));
const WRITTEN = microsOf(new Date(NIGHT));
let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
  await openTenant(
    test.database,
    TENANT,
    FILES.map(({ supplier }) => supplier),
  );
});
afterAll(() => test?.drop());

async function* chunksOf(content: Buffer | string): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(content);
  for (let start = 0; start < bytes.length; start += 1_000) yield bytes.subarray(start, start + 1_000);
}

/** What of it stands in the ledger. */
async function ledgerOf(supplier: string) {
  const events = await test.database.supplierEvent.findMany({
    where: { supplierId: supplier },
  });
  return inOrder(
    events.map(({ sku, quantity, updatedAtUs, location }) => [
      ...[sku, quantity, formatTime(updatedAtUs)],
      ...(location === '' ? [] : [location]),
    ]),
  );
}

const inOrder = (events: readonly unknown[]): unknown[] =>
  events.map((event) => JSON.stringify(event)).toSorted();

/** As `ingest --supplier`, where somebody looks at what is guessed and agrees. */
async function byLook({ content, supplier }: OfSupplier) {
  const refused: RefusedLine[] = [];
  const file = {
    tenant: TENANT,
    supplier,
    name: undefined,
    writtenAt: WRITTEN,
    receivedAt: microsOf(new Date()),
  };
  const ended: unknown = await ingestFile(
    test.as('operator'),
    { ...file, open: () => chunksOf(content) },
    {
      ...{ signal: new AbortController().signal, onProgress: () => undefined },
      onRefused: (line) => refused.push(line),
      agrees: async ({ preview }) => preview.unreadable === undefined,
    },
  ).catch((error: unknown) => error);
  return { ended, refused };
}

/** As `ingest --feed`, where somebody approves what is held. */
async function byFeed({ content, supplier, by }: OfSupplier) {
  const feed = `of-${supplier}`;
  const document = { feed, supplier, source: { upload: {} }, ...by };
  await setFeed(test.as('operator'), async () => KEYS, {
    tenant: TENANT,
    text: JSON.stringify(document),
    by: BY,
  });
  const handedIn = {
    tenant: TENANT,
    feed,
    name: 'stock',
    writtenAt: WRITTEN,
    chunks: chunksOf(content),
    by: BY,
  };
  const { runId } = await uploadFile(test.as('operator'), handedIn);
  const run = await carryOn(test, runId);
  if (run.state !== 'held' || run.reasons.some(({ guard }) => guard === 'columns')) return run;
  await approveRun(test.as('operator'), { tenant: TENANT, runId, by: { ...BY, reason: 'a test' } });
  return carryOn(test, runId);
}

describe('ingest of a file as suppliers send them', () => {
  it.each(FILES.filter(({ by }) => !by).map((file) => [file.name, file] as const))('%s', async (_, file) => {
    const { comes, answers, open = [] } = file;
    const { ended, refused } = await byLook(file);
    if (comes.unreadable !== undefined) {
      expect(ended).toBeInstanceOf(UnreadableFile);
      expect(ended).toMatchObject({ message: comes.unreadable });
    } else if (answers) expect(ended).toMatchObject({ outcome: 'open', guess: { open } });
    else {
      expect(ended).toMatchObject({ outcome: 'written' });
      expect(refused.map(({ line }) => line)).toEqual(comes.refused?.map(([line]) => line) ?? []);
    }
    expect(await ledgerOf(file.supplier)).toEqual(inOrder(answers ? [] : (comes.events ?? [])));
  });

  it.each(FILES.filter(({ by }) => by).map((file) => [file.name, file] as const))(
    'by a feed: %s',
    async (_, file) => {
      const { comes } = file;
      const run = await byFeed(file);
      if (comes.unreadable !== undefined)
        expect(run).toMatchObject({ state: 'failed', failure: comes.unreadable });
      else if (comes.faults) expect(run).toMatchObject({ state: 'held', reasons: [{ guard: 'columns' }] });
      else {
        expect(run.state).toBe('completed');
        const kept = await readRefusals(test.database, run.runId);
        expect(kept.map(({ line }) => line)).toEqual(comes.refused?.map(([line]) => line) ?? []);
      }
      const flows = comes.unreadable === undefined && comes.faults === undefined;
      expect(await ledgerOf(file.supplier)).toEqual(inOrder(flows ? (comes.events ?? []) : []));
    },
  );
});
