import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** Where storefronts may be that a start made: by these they are known again. */
const FILE = 'demo-cache.json';
const noted = z.array(z.object({ shopUrl: z.string(), cacheUrl: z.string() }));

/** The demo storefront, and the cache before it. */
export type DemoAddresses = z.infer<typeof noted>[number];

/** Those of this start, and of all starts before that left a storefront there. */
export async function readDemoAddresses(dataDir: string): Promise<DemoAddresses[]> {
  try {
    return noted.parse(JSON.parse(await readFile(path.join(dataDir, FILE), 'utf8')));
  } catch {
    return [];
  }
}

/** @param addresses with none, there is no file */
export async function writeDemoAddresses(
  dataDir: string,
  addresses: readonly DemoAddresses[],
): Promise<void> {
  const file = path.join(dataDir, FILE);
  if (addresses.length === 0) return rm(file, { force: true });
  await writeFile(`${file}.new`, `${JSON.stringify(addresses, null, 2)}\n`);
  await rename(`${file}.new`, file);
}
