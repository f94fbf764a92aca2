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
/** As tsc writes an import: at the beginning of a line. Code that only holds such a text is none. */
const IMPORT = /^((?:(?:const|var) \w+ = )?(?:__\w+\()?require\()"([^"]+)"/gm;
const PLACE = '<!-- assets -->';

/**
 * Gathers what a browser loads into `target`: index.html, and under `assets/{hash of all}/` the packages, the styles, and
 * the console's own modules in one file, for a browser takes some milliseconds for each. An address never changes what
 * it holds, so browsers may keep it for ever.
 *
 * @param {{ sources: string, modules: string, target: string }} folders
 */
export function packConsole({ sources, modules, target }) {
  /** @type {Map<string, Buffer>} by the path below the hash */
  const files = new Map();
  files.set(ENTRY, Buffer.from(joined(modulesFrom(modules))));
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
  const index = template.replace(PLACE, () => headOf(`/${base}`, [...files.keys()]).join('\n    '));

  const fresh = `${target}.new`;
  rmSync(fresh, { recursive: true, force: true });
  for (const [path, content] of files) write(join(fresh, base, path), content);
  write(join(fresh, 'index.html'), Buffer.from(index));
  rmSync(target, { recursive: true, force: true });
  renameSync(fresh, target);
}

/**
 * The code of the entry, and of each module that it needs, by their paths.
 *
 * @param {string} modules
 */
function modulesFrom(modules) {
  /** @type {Map<string, string>} */
  const found = new Map();
  /** @type {(path: string) => void} */
  const visit = (path) => {
    if (found.has(path)) return;
    /** @type {string[]} */
    const wanted = [];
    const code = readFileSync(join(modules, path), 'utf8').replace(IMPORT, (_, before, name) => {
      if (!name.startsWith('.')) {
        if (!(name in PACKAGES))
          throw new PrepareError(`${path} imports ${name}, which browsers cannot load`);
        return `${before}${JSON.stringify(name)}`;
      }
      const other = posix.join(posix.dirname(path), name);
      wanted.push(other);
      return `${before}${JSON.stringify(other)}`;
    });
    found.set(path, code);
    wanted.forEach(visit);
  };
  visit(ENTRY);
  return found;
}

/**
 * One module that holds all: each runs when another first asks for it, as by itself.
 *
 * @param {Map<string, string>} modules
 */
function joined(modules) {
  const names = Object.keys(PACKAGES);
  return [
    ...names.map((name, index) => `import * as package${index} from '${name}';`),
    `const loaded = { ${names.map((name, index) => `'${name}': { __esModule: true, ...package${index} }`).join(', ')} };`,
    'const modules = {',
    ...[...modules].map(([path, code]) => `${JSON.stringify(path)}(exports, require) {\n${code}},`),
    '};',
    'function require(name) {',
    '  if (!(name in loaded)) modules[name]((loaded[name] = {}), require);',
    '  return loaded[name];',
    '}',
    `require('${ENTRY}');`,
    '',
  ].join('\n');
}

/**
 * @param {string} base
 * @param {string[]} paths
 */
function headOf(base, paths) {
  const imports = Object.fromEntries(
    Object.entries(PACKAGES).map(([name, path]) => [name, `${base}/${packagePath(path)}`]),
  );
  return [
    ...paths
      .filter((path) => path.endsWith('.css'))
      // Of the rules that weigh the same, the later one counts: packages' first, then ours in the order of their names.
      .toSorted(
        (a, b) => Number(b.startsWith('packages/')) - Number(a.startsWith('packages/')) || (a < b ? -1 : 1),
      )
      .map((path) => `<link rel="stylesheet" href="${base}/${path}" />`),
    ...paths
      .filter((path) => path === 'console/icon.svg')
      .map((path) => `<link rel="icon" type="image/svg+xml" href="${base}/${path}" />`),
    // An import map cannot be a file of its own; the server allows this very text by its hash.
    `<script type="importmap">${JSON.stringify({ imports })}</script>`,
    ...Object.values(imports).map((path) => `<link rel="modulepreload" href="${path}" />`),
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
