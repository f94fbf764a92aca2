import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Parts } from '../parts.ts';
import { replaceSection } from '../report/markdown.ts';
import { fileBesideLive } from './file-beside-live.ts';
import { hangingStorefront } from './hanging-storefront.ts';
import { hotSku } from './hot-sku.ts';
import { ingestFile } from './ingest-file.ts';
import { ledgerSize } from './ledger-size.ts';
import { limitedStorefront } from './limited-storefront.ts';
import { memoryUse } from './memory-use.ts';
import { noisyTenant } from './noisy-tenant.ts';
import { prune } from './prune.ts';
import { readers } from './readers.ts';
import type { GrowthOptions } from './result.ts';
import { workerCounts } from './worker-counts.ts';

const RUNS = [
  workerCounts,
  ledgerSize,
  hotSku,
  noisyTenant,
  hangingStorefront,
  limitedStorefront,
  memoryUse,
  ingestFile,
  fileBesideLive,
  prune,
  readers,
];

/** Runs each growth measurement; one that fails says so and leaves its section as it was. */
export async function measureGrowth(parts: Parts, options: GrowthOptions): Promise<void> {
  const { only } = options;
  for (const run of RUNS.filter(({ name }) => only.length === 0 || only.includes(name))) {
    options.say(`growth: ${run.name}`);
    try {
      const { name, markdown, plots = {} } = await run(parts, options);
      console.log(`\n${name}\n\n${markdown}`);
      if (!options.write) continue;
      await replaceSection(
        path.join(options.docs, 'performance.md'),
        name,
        `${options.where}\n\n${markdown}`,
      );
      await mkdir(path.join(options.docs, 'plots'), { recursive: true });
      for (const [file, svg] of Object.entries(plots))
        await writeFile(path.join(options.docs, 'plots', file), svg);
    } catch (error) {
      options.say(`growth: ${run.name} failed: ${String(error)}`);
      process.exitCode = 1;
    }
  }
}
