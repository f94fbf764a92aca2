import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { filesIn, hashOf, hashOfStats } from './files.mjs';
import { runNode } from './run.mjs';

const FOLDERS = ['src', 'workflows', 'activities'];
const TSCONFIG = '.config/tsconfig.build.json';
const STAMP = 'dist/.prepared';
const BUNDLER = 'dist/src/worker/bundle-workflows.js';
const BUNDLES = ['', '-encrypted', '-versioned', '-encrypted-versioned'].map(
  (kind) => `dist/workflow-bundle${kind}.js`,
);
/** The console has a build of its own. */
const FOR_BROWSERS = /^src[\\/]console[\\/]/;

/** @type {import('./files.mjs').Step} */
export const generate = {
  title: 'generating the Prisma client',
  stamp: 'src/generated/.prepared',
  fingerprint: () => `${hashOf('prisma/schema.prisma')} ${hashOf('package-lock.json')}`,
  outputs: () => ['src/generated/prisma/client.ts'],
  run: () => runNode('prisma generate', 'node_modules/prisma/build/index.js', ['generate'], { quiet: true }),
};

/** @type {import('./files.mjs').Step} */
export const build = {
  title: 'building',
  stamp: STAMP,
  fingerprint: () =>
    hashOfStats([
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      TSCONFIG,
      ...FOLDERS.flatMap(filesIn).filter((path) => !FOR_BROWSERS.test(path)),
    ]),
  outputs: () => (existsSync(BUNDLER) ? BUNDLES : []),
  run: async () => {
    // tsc writes only what changed since its last run. Without a stamp nobody knows whether the rest is there.
    if (!existsSync(STAMP)) rmSync('dist/build.tsbuildinfo', { force: true });
    rmSync(STAMP, { force: true });
    await runNode('tsc', 'node_modules/typescript/bin/tsc', ['--project', TSCONFIG]);
    for (const folder of FOLDERS) removeStaleOutputs(folder);
    if (existsSync(BUNDLER)) await runNode('bundling the workflows', BUNDLER, []);
  },
};

/** Makes the next build a whole one, also of the console. */
export function forgetBuild() {
  rmSync(STAMP, { force: true });
  rmSync('dist/console-modules', { recursive: true, force: true });
  rmSync('dist/console', { recursive: true, force: true });
}

/**
 * tsc leaves the output of a deleted source behind, and code that still imports it would run on this machine alone.
 *
 * @param {string} folder
 */
function removeStaleOutputs(folder) {
  for (const output of filesIn(join('dist', folder))) {
    const source = output.replace(/^dist[\\/]/, '').replace(/\.js(\.map)?$/, '.ts');
    if (!existsSync(source)) rmSync(output);
  }
}
