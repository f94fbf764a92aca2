// Writes the list of what a deployment installs, as CycloneDX: sbom.json, or where the first argument says.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const file = process.argv[2] ?? 'sbom.json';
const args = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application'];
const { status, stdout, stderr, error } = spawnSync('npm', args, {
  encoding: 'utf8',
  timeout: 120_000,
  maxBuffer: 64 * 1024 * 1024,
});
if (status !== 0) throw error ?? new Error(stderr);

// npm's own --omit leaves out what a package of production shares with one that is omitted, such as `pg`.
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const installed = new Set(
  Object.entries(packages)
    .filter(([place, one]) => place !== '' && !one.dev && !one.optional && !one.devOptional)
    .map(([place, { version }]) => `${place.slice(place.lastIndexOf('node_modules/') + 13)}@${version}`),
);
const list = JSON.parse(stdout);
const root = list.metadata.component['bom-ref'];
list.components = list.components.filter((/** @type {any} */ one) =>
  installed.has(`${one.name}@${one.version}`),
);
const refs = new Set([root, ...list.components.map((/** @type {any} */ one) => one['bom-ref'])]);
list.dependencies = list.dependencies
  .filter((/** @type {any} */ one) => refs.has(one.ref))
  .map((/** @type {any} */ one) => ({
    ...one,
    dependsOn: one.dependsOn.filter((/** @type {string} */ ref) => refs.has(ref)),
  }));
if (list.bomFormat !== 'CycloneDX' || list.components.length === 0)
  throw new Error('npm listed no component');
// npm names it after the folder.
list.metadata.component.name = JSON.parse(readFileSync('package.json', 'utf8')).name;
writeFileSync(file, `${JSON.stringify(list, null, 2)}\n`);
process.stdout.write(`${file}: ${list.components.length} components\n`);
