// Asks the registry's advisory service about what is installed. Fails for an advisory about what runs in production; where
// no such service is reached it says so and passes: a check that needs the outside must not fail without it.
import { spawnSync } from 'node:child_process';
import process from 'node:process';

const { stdout, error } = spawnSync('npm', ['audit', '--json', '--omit=dev'], {
  encoding: 'utf8',
  timeout: 60_000,
  maxBuffer: 64 * 1024 * 1024,
});

const report = read(stdout);
if (error || !report?.metadata?.vulnerabilities) {
  const why = report?.message ?? report?.error?.summary ?? error?.message ?? 'it gave no answer';
  process.stdout.write(
    `no advisory service was reached, so nothing is known: ${String(why).split('\n')[0]}\n`,
  );
  process.exit(0);
}
const { info = 0, low = 0, ...grave } = report.metadata.vulnerabilities;
const count = grave.moderate + grave.high + grave.critical;
process.stdout.write(`advisories about what runs in production: ${count} of weight, ${info + low} others\n`);
for (const [name, { severity, range, fixAvailable }] of Object.entries(report.vulnerabilities ?? {})) {
  process.stdout.write(
    `  ${severity} ${name} ${range}${fixAvailable ? ', mended in a later version' : ''}\n`,
  );
}
process.exitCode = count > 0 ? 1 : 0;

/** @param {string} text */
function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
