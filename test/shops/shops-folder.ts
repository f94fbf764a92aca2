import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '../../src/config/project-root.ts';
import type { Supervisor } from '../../src/embedded/supervisor.ts';

export const SHOPS = ['vendure', 'medusa'] as const;
export type ShopName = (typeof SHOPS)[number];

/** By name, as npm installs them. */
export const PACKAGES: Record<ShopName, Record<string, string>> = {
  vendure: { '@vendure/core': '3.7.3', pg: '8', 'better-sqlite3': '12' },
  medusa: { '@medusajs/medusa': '2.21.2', '@medusajs/framework': '2.21.2', '@medusajs/cli': '2.21.2' },
};

const FILES: Record<ShopName, string> = { vendure: 'vendure.cjs', medusa: 'medusa-config.js' };
const INSTALL_WITHIN_MS = 1_200_000;
const MARK = '.installed.json';

/** Beside the project: what the shops are made of is none of it, and some 900 MB. To clean up, remove it. */
export function shopsFolder(): string {
  return path.resolve(process.env.SHOPS_DIR ?? path.join(projectRoot(), '../catalog-sync-shops'));
}

/**
 * Installs a shop's packages from npm, unless they are there, and puts what starts it beside them.
 *
 * @returns the folder to start it in
 * @throws Error with npm's last words
 */
export async function installShop(
  shop: ShopName,
  { supervisor, say }: { supervisor: Supervisor; say: (doing: string) => void },
): Promise<string> {
  const folder = path.join(shopsFolder(), shop);
  await mkdir(folder, { recursive: true });
  const wanted = JSON.stringify(PACKAGES[shop]);
  const mark = path.join(folder, MARK);
  if ((await readFile(mark, 'utf8').catch(() => '')) !== wanted) {
    say(`installing ${Object.keys(PACKAGES[shop]).join(' ')} in ${folder}; this takes minutes`);
    const manifest = { name: `shop-${shop}`, private: true, dependencies: PACKAGES[shop] };
    await writeFile(path.join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
    const args = ['install', '--no-audit', '--no-fund', '--loglevel=error'];
    const npm = supervisor.run(`npm install of ${shop}`, 'npm', args, { cwd: folder });
    let late: NodeJS.Timeout | undefined;
    const { succeeded, end, output } = await Promise.race([
      npm,
      new Promise<never>((_, reject) => {
        const failure = new Error(
          `npm install of ${shop} takes longer than ${INSTALL_WITHIN_MS / 60_000} min`,
        );
        late = setTimeout(() => reject(failure), INSTALL_WITHIN_MS);
      }),
    ]).finally(() => clearTimeout(late));
    if (!succeeded) throw new Error(`npm install of ${shop} ended with ${end}:\n${output.slice(-2_000)}`);
    await writeFile(mark, wanted);
  }
  const file = FILES[shop];
  await cp(path.join(projectRoot(), 'test/shops/shop-files', file), path.join(folder, file));
  return folder;
}
