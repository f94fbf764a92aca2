import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';

const INSTALL_MS = 240_000;
const IMPORTS =
  /^(?:import|export)(?: [^;'"]* from)? ["']([^"'./][^"']*)["'];|\bimport\(["']([^"'./][^"']*)["']\)/gm;

const folder = mkdtempSync(path.join(tmpdir(), 'catalog-sync-image-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: INSTALL_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

it(
  'the packages of the image are below their size, and all that our code loads is still among them',
  () => {
    for (const file of ['package.json', 'package-lock.json', '.npmrc'])
      copyFileSync(path.join(projectRoot(), file), path.join(folder, file));
    run('npm', 'ci', '--omit=dev', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund');
    // It ends with an error where they are larger.
    expect(
      run(process.execPath, path.join(projectRoot(), 'ops/image/prune-packages.mjs'), 'node_modules'),
    ).toMatch(/^node_modules: \d+ MB$/m);

    const loaded = packagesLoadedBy(path.join(projectRoot(), 'dist/src'));
    expect(loaded).toContain('@temporalio/worker');
    expect(loaded.some((name) => name.startsWith('@prisma/client/runtime/query_compiler'))).toBe(true);
    const all = path.join(folder, 'all.mjs');
    writeFileSync(all, loaded.map((name) => `await import(${JSON.stringify(name)});`).join('\n'));
    run(process.execPath, all);
  },
  INSTALL_MS + 60_000,
);

/** What compiled code asks for by name, at its start or later. */
function packagesLoadedBy(where: string): string[] {
  const found = new Set<string>();
  for (const entry of readdirSync(where, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.js')) continue;
    const code = readFileSync(path.join(entry.parentPath, entry.name), 'utf8');
    for (const [, atStart, later] of code.matchAll(IMPORTS)) {
      const name = atStart ?? later ?? '';
      if (!isBuiltin(name)) found.add(name);
    }
  }
  return [...found].toSorted();
}
