import { existsSync, rmSync } from 'node:fs';
import { filesIn, hashOf, hashOfStats } from './files.mjs';
import { packConsole } from './pack-console.mjs';
import { runNode } from './run.mjs';

const SOURCES = 'src/console';
const TSCONFIG = `${SOURCES}/tsconfig.json`;
const STAMP = 'dist/console/.prepared';
const MODULES = 'dist/console-modules';
/** What the console's own files import: pure values, and the types of the API's answers. */
const SHARED = ['src/domain', 'src/http/routes', 'src/access', 'src/feed', 'src/trace'];

/**
 * The support console for browsers. No bundler: tsc makes a module of each file, these are joined
 * as they are, and an import map names the packages.
 *
 * @type {import('./files.mjs').Step}
 */
export const buildConsole = {
  title: 'building the console',
  stamp: STAMP,
  fingerprint: () =>
    `${hashOf('package-lock.json')} ${hashOfStats([
      'tsconfig.json',
      'ops/prepare/console.mjs',
      'ops/prepare/pack-console.mjs',
      ...[SOURCES, ...SHARED].flatMap(filesIn),
    ])}`,
  outputs: () => (existsSync(`${SOURCES}/main.tsx`) ? ['dist/console/index.html'] : []),
  run: async () => {
    if (!existsSync(`${SOURCES}/main.tsx`)) return;
    // tsc writes only what changed since its last run, which is no use when its outputs are gone.
    if (!existsSync(MODULES)) rmSync('dist/console.tsbuildinfo', { force: true });
    await runNode('tsc (console)', 'node_modules/typescript/bin/tsc', ['--project', TSCONFIG]);
    packConsole({ sources: SOURCES, modules: MODULES, target: 'dist/console' });
  },
};
