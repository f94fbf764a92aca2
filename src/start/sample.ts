import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { KeyRing } from '../access/secrets/key-ring.ts';
import { activeSecrets } from '../access/supplier-secrets.ts';
import type { Database } from '../database/client.ts';
import { NEWEST } from '../domain/stock.ts';
import { microsOf } from '../domain/time.ts';
import { addSupplier } from '../flags/suppliers.ts';
import { addTenant } from '../flags/tenants.ts';
import { storedStockRule } from '../replay/stored-stock-rule.ts';
import { SAMPLE_SKU_PATTERN, SAMPLE_TENANT, type SupplierEvent } from './sample-feed/sample-feed.ts';
import { SAMPLES, type Sample } from './sample-feed/samples.ts';
import { sendFeed } from './sample-feed/send-feed.ts';

const REASON = 'sample feed of the first start';
const markSchema = z.object({ now: z.string(), sent: z.boolean() });

interface SampleOptions {
  dataDir: string;
  database: Database;
  secretsKeys: KeyRing;
  apiUrl: string;
  signal: AbortSignal;
  /** Before anything is published for it. */
  onTenant: (tenant: string) => Promise<void>;
  onProgress: (done: number, total: number) => void;
}

/**
 * Sends the sample feeds, once in the life of a data folder. A feed that was cut off is sent again from its beginning:
 * the events keep their ids, so what came already has no second effect.
 */
export async function sendSampleOnce(options: SampleOptions): Promise<void> {
  const { dataDir, database, secretsKeys, onProgress } = options;
  const markFile = path.join(dataDir, 'sample-feed.json');
  const mark = await readMark(markFile);
  if (mark?.sent) return;
  if (!mark && (await database.supplierEvent.findFirst({ where: { tenantId: SAMPLE_TENANT } }))) return;
  const now = mark ? BigInt(mark.now) : microsOf(new Date());
  await writeFile(markFile, JSON.stringify({ now: now.toString(), sent: false }));
  const feeds = SAMPLES.map((sample) => ({ sample, feed: sample.feed(now) }));
  const total = feeds.reduce((sum, { feed }) => sum + feed.length, 0);
  let before = 0;
  for (const { sample, feed } of feeds) {
    await makeSampleTenant(database, secretsKeys, sample);
    await options.onTenant(sample.tenant);
    await sendSample(options, sample, feed, (done) => onProgress(before + done, total));
    before += feed.length;
  }
  await writeFile(markFile, JSON.stringify({ now: now.toString(), sent: true }));
}

async function sendSample(
  { database, secretsKeys, apiUrl, signal }: SampleOptions,
  { tenant, suppliers }: Sample,
  feed: readonly { supplier: string; event: SupplierEvent }[],
  onProgress: (done: number) => void,
): Promise<void> {
  const secrets: Record<string, Buffer> = {};
  for (const supplier of suppliers) {
    const [secret] = await activeSecrets(database, secretsKeys, tenant, supplier, microsOf(new Date()));
    if (!secret) throw new Error(`the sample supplier ${supplier} has no signing secret`);
    secrets[supplier] = secret;
  }
  await sendFeed({ apiUrl, tenant, secrets, feed, onProgress, signal });
}

async function makeSampleTenant(
  database: Database,
  secretsKeys: KeyRing,
  { tenant, state, suppliers, summed }: Sample,
): Promise<void> {
  const by = { actor: 'start', reason: REASON };
  if (!(await database.tenant.findUnique({ where: { id: tenant } }))) {
    await addTenant(database, { ...by, tenant, state });
  }
  if (summed) await addUpFigures(database, tenant, summed);
  for (const supplier of suppliers) {
    if (await database.supplier.findUnique({ where: { tenantId_id: { tenantId: tenant, id: supplier } } }))
      continue;
    await addSupplier(database, secretsKeys, {
      ...{ ...by, tenant, supplier },
      state: 'open',
      skuPattern: SAMPLE_SKU_PATTERN,
    });
  }
}

/** Before its first event: no item has to follow. */
async function addUpFigures(
  database: Database,
  tenant: string,
  { reserve }: { reserve: number },
): Promise<void> {
  const { stockRuleId } = await database.tenant.findUniqueOrThrow({ where: { id: tenant } });
  if (stockRuleId !== 0) return;
  const id = await storedStockRule(database, tenant, { ...NEWEST, rule: 'sum', reserve });
  await database.tenant.updateMany({ where: { id: tenant }, data: { stockRuleId: id } });
}

async function readMark(file: string): Promise<z.infer<typeof markSchema> | undefined> {
  try {
    return markSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}
