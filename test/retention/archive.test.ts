import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pruneTenant } from '../../src/retention/prune-tenant.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
import { live, LONG_AGO } from './history.ts';

const CUTOFF = LONG_AGO + 1_000_000_000n;
let db: TestDatabase;
let folder: string;
let tenant: string;
let tenants = 0;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  tenants += 1;
  tenant = `t-${tenants}`;
  folder = mkdtempSync(path.join(tmpdir(), 'archives-'));
  await openTenant(db.database, tenant, ['acme']);
  await live(
    db,
    tenant,
    Array.from({ length: 30 }, (_, no) => ({
      does: 'arrive' as const,
      sku: 'CHAIR',
      event: { supplier: 'acme', eventId: `e-${no}`, quantity: no, updatedAt: BigInt(no) },
      old: true,
      answer: 'accepted' as const,
    })),
  );
  return () => rmSync(folder, { recursive: true, force: true });
});

interface Manifest {
  format: number;
  tenant: string;
  state: string;
  events: number;
  pruned: number;
  files: { name: string; events: number; bytes: number; sha256: string; firstReceivedAt: string }[];
}

interface Line {
  event: { event_id: string; seq: number; digest: string };
  versions: { version: number; event_seq: number }[];
  publishAttempts: { status: string }[];
  duplicates: number;
  deliveries: unknown[];
}

const countEvents = () => db.database.supplierEvent.count({ where: { tenantId: tenant } });

function readArchive(name: string | null): { manifest: Manifest; lines: Line[] } {
  const at = path.join(folder, String(name));
  const manifest = JSON.parse(readFileSync(path.join(at, 'manifest.json'), 'utf8')) as Manifest;
  const lines = manifest.files.flatMap((file) => {
    const bytes = readFileSync(path.join(at, file.name));
    expect([file.bytes, file.sha256]).toEqual([
      bytes.length,
      createHash('sha256').update(bytes).digest('hex'),
    ]);
    const own = gunzipSync(bytes).toString('utf8').trimEnd().split('\n');
    expect(own).toHaveLength(file.events);
    return own.map((line) => JSON.parse(line) as Line);
  });
  expect(readdirSync(at).toSorted()).toEqual(
    [...manifest.files.map((file) => file.name), 'manifest.json'].toSorted(),
  );
  return { manifest, lines };
}

const prune = (options: Parameters<typeof pruneTenant>[2] = {}) =>
  pruneTenant(
    db.as('pruner'),
    { tenant, cutoff: CUTOFF, actor: 'test' },
    { archiveDir: folder, eventsAFile: 10, atOnce: 4, ...options },
  );

describe('an archive', () => {
  it('holds every event that went, with its versions, attempts and deliveries, by its digests', async () => {
    await record(db.database, tenant, 'acme', [{ eventId: 'e-3', sku: 'CHAIR', quantity: 3, updatedAt: 3n }]);
    const pruned = await prune();
    expect(pruned).toMatchObject({
      state: 'completed',
      events: 28,
      versions: 28,
      attempts: 28,
      deliveries: 1,
    });
    const { manifest, lines } = readArchive(pruned.archive);
    expect(manifest).toMatchObject({ format: 1, tenant, state: 'completed', events: 28, pruned: 28 });
    expect(lines.map(({ event }) => event.event_id)).toEqual(
      Array.from({ length: 28 }, (_, no) => `e-${no}`),
    );
    for (const { event, versions, publishAttempts } of lines) {
      expect(versions.map((version) => version.event_seq)).toEqual([event.seq]);
      expect(publishAttempts.map(({ status }) => status)).toEqual(['accepted']);
      expect(event.digest).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(lines[3]).toMatchObject({ duplicates: 1, deliveries: [{ conflict: false }] });
    const tombstones = await db.sql(
      'SELECT file, count(*)::integer FROM pruned_event WHERE prune_id = $1 GROUP BY 1 ORDER BY 1',
      [pruned.pruneId],
    );
    expect(tombstones).toEqual(
      manifest.files.map(({ events: count }, index) => ({ file: index + 1, count })),
    );
  });

  it('of a prune that is ended in the middle is whole, and the next one goes on', async () => {
    const control = new AbortController();
    const stopped = await prune({
      signal: control.signal,
      onProgress: ({ pruned }) => pruned >= 4 && control.abort(new Error('Ctrl-C')),
    });
    expect(stopped.state).toBe('stopped');
    expect(stopped.events).toBeGreaterThan(0);
    expect(stopped.events).toBeLessThan(28);
    expect(await countEvents()).toBe(30 - stopped.events);
    const first = readArchive(stopped.archive);
    expect(first.manifest).toMatchObject({ state: 'stopped', pruned: stopped.events });

    const rest = await prune();
    expect(rest).toMatchObject({ state: 'completed', events: 28 - stopped.events });
    const names = [...first.lines, ...readArchive(rest.archive).lines].map(({ event }) => event.event_id);
    expect(new Set(names)).toEqual(new Set(Array.from({ length: 28 }, (_, no) => `e-${no}`)));
    expect(await countEvents()).toBe(2);
  });

  it('leaves no folder where there was nothing to prune', async () => {
    await prune();
    const before = readdirSync(folder);
    expect(await prune()).toMatchObject({ state: 'completed', events: 0, archive: null });
    expect(readdirSync(folder)).toEqual(before);
  });

  it('that cannot be made ends the prune in a sentence, before anything goes', async () => {
    const file = path.join(folder, 'no-folder');
    writeFileSync(file, '');
    await expect(prune({ archiveDir: path.join(file, 'below') })).rejects.toThrow(
      /^The archive .* cannot be written \(ENOTDIR/,
    );
    expect(await countEvents()).toBe(30);
    expect(await db.database.pruneRun.count({ where: { tenantId: tenant } })).toBe(0);
  });

  it('on a disk that fills up ends the prune with all that is not in it still in the ledger', async () => {
    const failing = prune({
      onProgress: ({ pruned }) => {
        const [archive = ''] = readdirSync(folder);
        const next = path.join(folder, archive, '.events-00002.ndjson.gz.partial');
        if (pruned > 0 && !existsSync(next)) symlinkSync('/dev/full', next);
      },
    });
    await expect(failing).rejects.toThrow(
      /^The archive .* cannot be written \(ENOSPC: no space left on device/,
    );
    const [run] = await db.database.pruneRun.findMany({ where: { tenantId: tenant } });
    expect(run).toMatchObject({ state: 'failed', events: 10n });
    expect(await countEvents()).toBe(20);
    const { manifest, lines } = readArchive(run?.archive ?? null);
    expect([manifest.state, lines.length]).toEqual(['failed', 10]);
  });

  it('is for its owner alone', async () => {
    const { archive } = await prune();
    const names = readdirSync(path.join(folder, String(archive)));
    for (const name of names) {
      expect(statSync(path.join(folder, String(archive), name)).mode & 0o077).toBe(0);
    }
  });
});
