import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, posix } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { filesIn } from './files.mjs';
import { PrepareError } from './run.mjs';

const ENTRY = 'console/main.js';
/** What modules may import by name, and the file that it is. */
const PACKAGES = {
  preact: 'preact/dist/preact.mjs',
  'preact/hooks': 'preact/hooks/dist/hooks.mjs',
  'preact/jsx-runtime': 'preact/jsx-runtime/dist/jsxRuntime.mjs',
  uplot: 'uplot/dist/uPlot.esm.js',
};
const PACKAGE_STYLES = ['uplot/dist/uPlot.min.css'];
/** Files beside the sources that are served as they are. */
const STATIC = new Set(['.css', '.svg', '.png', '.ico', '.woff2']);
const COMPRESSED = new Set(['.js', '.mjs', '.css', '.svg']);
/** tsc writes each on a line that begins with it; code that only holds a text is none. */
/** As tsc writes them: a statement at the beginning of a line. */
const IMPORT = /^(?:import|export)\s*(?:[\w$\s{},*]+\sfrom\s*)?["']([^"']+)["']/gm;
const DYNAMIC_IMPORT = /\bimport\(\s*["']([^"']+)["']\s*\)/g;
const PLACE = '<!-- assets -->';

/**
 * Gathers what a browser loads into `target`: index.html, and under `assets/{hash of all}/` each module that the entry
 * needs, so that an address never changes what it holds and may be kept by browsers for ever.
 *
 * @param {{ sources: string, modules: string, target: string }} folders
 */
export function packConsole({ sources, modules, target }) {
  /** @type {Map<string, Buffer>} by the path below the hash */
  const files = new Map();
  const needed = modulesFrom(modules);
  for (const path of needed.loaded.values()) files.set(path, readFileSync(join(modules, path)));
  for (const path of Object.values(PACKAGES))
    files.set(packagePath(path), readFileSync(join('node_modules', path)));
  for (const path of PACKAGE_STYLES) files.set(packagePath(path), readFileSync(join('node_modules', path)));
  for (const path of filesIn(sources)) {
    if (!STATIC.has(extname(path))) continue;
    files.set(posix.join('console', slashed(path).slice(slashed(sources).length + 1)), readFileSync(path));
  }
  const base = `assets/${hashOfAll(files)}`;
  const template = readFileSync(join(sources, 'index.html'), 'utf8');
  if (!template.includes(PLACE)) throw new PrepareError(`${sources}/index.html has no ${PLACE}`);
  const index = template.replace(PLACE, () => headOf(`/${base}`, needed, [...files.keys()]).join('\n    '));

  const fresh = `${target}.new`;
  rmSync(fresh, { recursive: true, force: true });
  for (const [path, content] of files) write(join(fresh, base, path), content);
  write(join(fresh, 'index.html'), Buffer.from(index));
  rmSync(target, { recursive: true, force: true });
  renameSync(fresh, target);
}

/**
 * The modules that the entry imports, and those that these import: whatever is loaded at the start, and what may be
 * loaded later by `import()`.
 *
 * @param {string} modules
 */
function modulesFrom(modules) {
  /** @type {Set<string>} */
  const loaded = new Set();
  /** @type {Set<string>} */
  const atStart = new Set();
  /** @type {Set<string>} */
  const packagesAtStart = new Set();
  /** @type {(path: string, start: boolean) => void} */
  const visit = (path, start) => {
    if (start ? atStart.has(path) : loaded.has(path)) return;
    loaded.add(path);
    if (start) atStart.add(path);
    const code = readFileSync(join(modules, path), 'utf8');
    /** @type {(wanted: string, atOnce: boolean) => void} */
    const follow = (wanted, atOnce) => {
      if (wanted.startsWith('.')) {
        visit(posix.join(posix.dirname(path), wanted), atOnce);
        return;
      }
      if (!(wanted in PACKAGES))
        throw new PrepareError(`${path} imports ${wanted}, which browsers cannot load`);
      if (atOnce) packagesAtStart.add(wanted);
    };
    for (const [, wanted = ''] of code.matchAll(IMPORT)) follow(wanted, start);
    for (const [, wanted = ''] of code.matchAll(DYNAMIC_IMPORT)) follow(wanted, false);
  };
  visit(ENTRY, true);
  return { loaded, atStart, packagesAtStart };
}

/**
 * @param {string} base
 * @param {ReturnType<typeof modulesFrom>} needed
 * @param {string[]} paths
 */
function headOf(base, needed, paths) {
  const imports = Object.fromEntries(
    Object.entries(PACKAGES).map(([name, path]) => [name, `${base}/${packagePath(path)}`]),
  );
  const preloads = [
    ...[...needed.packagesAtStart].map((name) => imports[name]),
    ...[...needed.atStart].map((path) => `${base}/${path}`),
  ];
  return [
    ...paths
      .filter((path) => path.endsWith('.css'))
      .toSorted((a, b) => Number(b.startsWith('packages/')) - Number(a.startsWith('packages/')))
      .map((path) => `<link rel="stylesheet" href="${base}/${path}" />`),
    ...paths
      .filter((path) => path === 'console/icon.svg')
      .map((path) => `<link rel="icon" type="image/svg+xml" href="${base}/${path}" />`),
    // An import map cannot be a file of its own; the server allows this very text by its hash.
    `<script type="importmap">${JSON.stringify({ imports })}</script>`,
    ...preloads.map((path) => `<link rel="modulepreload" href="${path}" />`),
    `<script type="module" src="${base}/${ENTRY}"></script>`,
  ];
}

/** @param {string} path in node_modules */
function packagePath(path) {
  return `packages/${path.replaceAll('/dist/', '/').replace(/\.mjs$/, '.js')}`;
}

/** @param {Map<string, Buffer>} files */
function hashOfAll(files) {
  const hash = createHash('sha256');
  for (const path of [...files.keys()].toSorted()) {
    const content = files.get(path) ?? Buffer.alloc(0);
    hash.update(`${path}\n${content.length}\n`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * @param {string} path
 * @param {Buffer} content
 */
function write(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  if (!COMPRESSED.has(extname(path))) return;
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
}

/** @param {string} path */
function slashed(path) {
  return path.replaceAll('\\', '/');
}
