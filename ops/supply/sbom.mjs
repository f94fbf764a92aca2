// Writes the list of what a deployment installs, as CycloneDX: sbom.json, or where the first argument says.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const file = process.argv[2] ?? 'sbom.json';
const omit = ['--omit=dev', '--omit=optional'];
const args = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application', ...omit];
const { status, stdout, stderr, error } = spawnSync('npm', args, {
  encoding: 'utf8',
  timeout: 120_000,
  maxBuffer: 64 * 1024 * 1024,
});
if (status !== 0) throw error ?? new Error(stderr);
const list = JSON.parse(stdout);
if (list.bomFormat !== 'CycloneDX' || list.components.length === 0)
  throw new Error('npm listed no component');
// npm names it after the folder.
list.metadata.component.name = JSON.parse(readFileSync('package.json', 'utf8')).name;
writeFileSync(file, `${JSON.stringify(list, null, 2)}\n`);
process.stdout.write(`${file}: ${list.components.length} components\n`);
