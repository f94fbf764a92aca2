// Asks the registry's advisory service about what is installed. Fails for an advisory about what runs in production, and
// where the question could not be put; where no such service is reached it says so and passes: a check that needs the
// outside must not fail without it.
import { spawnSync } from 'node:child_process';
import process from 'node:process';

const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);

/** What npm says where nobody answers: of a name, of a connection, of a proxy. It names no code apart from its message. */
const NOBODY_ANSWERS =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ECONNABORTED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)\b|socket hang up|timeout|proxy|failed, reason: *$/i;

const { stdout, stderr, error } = spawnSync(
  'npm',
  // Offline, npm finds nothing and says that there is nothing.
  ['audit', '--json', '--omit=dev', '--offline=false', '--fetch-timeout=30000'],
  { encoding: 'utf8', timeout: 120_000, maxBuffer: 64 * 1024 * 1024 },
);
const report = read(stdout);

if (report?.metadata?.vulnerabilities) judge(report);
else if (report?.statusCode >= 400 || NOBODY_ANSWERS.test(report?.message ?? '')) {
  say(`no advisory service was reached, so nothing is known: ${firstLine(report.message)}`);
} else {
  const why = error?.message ?? report?.error?.summary ?? report?.message ?? stderr;
  say(`npm could not ask for advisories: ${firstLine(why)}`);
  process.exitCode = 1;
}

/** @param {any} report */
function judge({ metadata, vulnerabilities = {} }) {
  const { info = 0, low = 0, ...grave } = metadata.vulnerabilities;
  const count = grave.moderate + grave.high + grave.critical;
  say(`advisories about what runs in production: ${count} of weight, ${info + low} others`);
  for (const [name, { severity, range, fixAvailable }] of Object.entries(vulnerabilities)) {
    say(`  ${severity} ${name} ${range}${fixAvailable ? ', mended in a later version' : ''}`);
  }
  if (count > 0) process.exitCode = 1;
}

/** @param {string} text */
function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {unknown} text */
function firstLine(text) {
  return String(text).trim().split('\n')[0];
}
