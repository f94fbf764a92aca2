// Takes out of node_modules what no process of the image ever reads; ops/Dockerfile runs it, after a production install.
// What it takes out is named by rule, so that a new version of a package does not bring it back unseen: what is left has
// to be below a size, too.
import { readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const PACKAGES = path.resolve(process.argv[2] ?? 'node_modules');
/** The image has to stay below 350 MB, of which Node's own takes some 230. */
const MOST_MB = 105;

/** Of Temporal's native client, the other platforms' builds and its Rust sources. */
const BRIDGE = '@temporalio/core-bridge';
const PLATFORM = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-unknown-linux-gnu`;
/** Of Prisma's query compilers the one that `prisma generate` wrote into the client, which is made of modules. */
const COMPILER = /^query_(?:compiler|engine)(?!_fast_bg\.postgresql\.(?:wasm-base64\.)?mjs$)/;
/** For compilers, debuggers and readers. A licence stays. */
const FOR_READERS = /\.(?:map|d\.[cm]?ts|ts|mts|cts|tsx|flow|md|markdown|tsbuildinfo)$/i;
const LICENCE = /^(?:licen[cs]e|notice|copying)/i;
/** The same code again, for browsers and bundlers: Node takes the other one. */
const FOR_BROWSERS = [
  'rxjs/dist/esm',
  'rxjs/dist/esm5',
  'rxjs/dist/bundles',
  'rxjs/src',
  'luxon/build/amd',
  'luxon/build/global',
  'luxon/build/cjs-browser',
  'protobufjs/dist',
  'ajv/lib',
  'zod/src',
];
const TELEMETRY = '@opentelemetry';

function prune() {
  remove(
    ...readdirSync(path.join(PACKAGES, BRIDGE, 'releases'))
      .filter((platform) => platform !== PLATFORM)
      .map((platform) => `${BRIDGE}/releases/${platform}`),
    ...['sdk-core', 'src', 'ts', 'bridge-macros', 'Cargo.lock', 'Cargo.toml'].map(
      (name) => `${BRIDGE}/${name}`,
    ),
    ...readdirSync(path.join(PACKAGES, '@prisma/client/runtime'))
      .filter((name) => COMPILER.test(name))
      .map((name) => `@prisma/client/runtime/${name}`),
    ...FOR_BROWSERS,
    ...readdirSync(path.join(PACKAGES, TELEMETRY)).flatMap((name) =>
      ['esm', 'esnext'].map((build) => `${TELEMETRY}/${name}/build/${build}`),
    ),
  );
  for (const file of files(PACKAGES)) {
    const name = path.basename(file);
    if (FOR_READERS.test(name) && !LICENCE.test(name)) rmSync(file);
  }
  const mb = files(PACKAGES).reduce((sum, file) => sum + statSync(file).size, 0) / 1e6;
  console.log(`node_modules: ${mb.toFixed(0)} MB`);
  if (mb > MOST_MB)
    throw new Error(`node_modules has ${mb.toFixed(0)} MB, more than ${MOST_MB}: see what is new in it`);
}

/** @param {string[]} places */
function remove(...places) {
  for (const place of places) rmSync(path.join(PACKAGES, place), { recursive: true, force: true });
}

/** @param {string} folder @returns {string[]} */
function files(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}

prune();
