import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { KeyRing } from '../access/secrets/key-ring.ts';
import { activeSecrets } from '../access/supplier-secrets.ts';
import type { Database } from '../database/client.ts';
import { microsOf } from '../domain/time.ts';
import { addSupplier } from '../flags/suppliers.ts';
import { addTenant } from '../flags/tenants.ts';
import {
  SAMPLE_SKU_PATTERN,
  SAMPLE_SUPPLIERS,
  SAMPLE_TENANT,
  sampleFeed,
} from './sample-feed/sample-feed.ts';
import { sampleStory } from './sample-feed/sample-story.ts';
import { sendFeed, type FeedCounts } from './sample-feed/send-feed.ts';

const REASON = 'sample feed of the first start';
const SEED = 7;
const markSchema = z.object({ now: z.string(), sent: z.boolean() });

/**
 * Sends the sample feed, once in the life of a data folder. A feed that was cut off is sent again from its beginning:
 * the events keep their ids, so what came already has no second effect.
 *
 * @returns undefined when it was sent before
 */
export async function sendSampleOnce(options: {
  dataDir: string;
  database: Database;
  secretsKeys: KeyRing;
  apiUrl: string;
  signal: AbortSignal;
  onProgress: (done: number, total: number) => void;
}): Promise<FeedCounts | undefined> {
  const { dataDir, database, secretsKeys, apiUrl, signal, onProgress } = options;
  const markFile = path.join(dataDir, 'sample-feed.json');
  const mark = await readMark(markFile);
  if (mark?.sent) return undefined;
  if (!mark && (await database.supplierEvent.findFirst({ where: { tenantId: SAMPLE_TENANT } })))
    return undefined;
  const now = mark ? BigInt(mark.now) : microsOf(new Date());
  await writeFile(markFile, JSON.stringify({ now: now.toString(), sent: false }));
  await makeSampleTenant(database, secretsKeys);
  const secrets: Record<string, Buffer> = {};
  for (const supplier of SAMPLE_SUPPLIERS) {
    const [secret] = await activeSecrets(
      database,
      secretsKeys,
      SAMPLE_TENANT,
      supplier,
      microsOf(new Date()),
    );
    if (!secret) throw new Error(`the sample supplier ${supplier} has no signing secret`);
    secrets[supplier] = secret;
  }
  const feed = [...sampleFeed({ now, seed: SEED }), ...sampleStory(now)];
  const counts = await sendFeed({ apiUrl, tenant: SAMPLE_TENANT, secrets, feed, onProgress, signal });
  await writeFile(markFile, JSON.stringify({ now: now.toString(), sent: true }));
  return counts;
}

async function makeSampleTenant(database: Database, secretsKeys: KeyRing): Promise<void> {
  const by = { actor: 'start', reason: REASON };
  if (!(await database.tenant.findUnique({ where: { id: SAMPLE_TENANT } }))) {
    await addTenant(database, { ...by, tenant: SAMPLE_TENANT, state: 'canary' });
  }
  for (const supplier of SAMPLE_SUPPLIERS) {
    const key = { tenantId_id: { tenantId: SAMPLE_TENANT, id: supplier } };
    if (await database.supplier.findUnique({ where: key })) continue;
    await addSupplier(database, secretsKeys, {
      ...by,
      tenant: SAMPLE_TENANT,
      supplier,
      state: 'open',
      skuPattern: SAMPLE_SKU_PATTERN,
    });
  }
}

async function readMark(file: string): Promise<z.infer<typeof markSchema> | undefined> {
  try {
    return markSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}
