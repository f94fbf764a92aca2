// Makes a checkout ready to run: packages, Prisma client, build. Nothing is installed yet when it runs, so it needs
// Node alone. npm starts it before `start`, `replay`, `test` and `check`; what is up to date is skipped.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build, forgetBuild, generate } from './prepare/build.mjs';
import { buildConsole } from './prepare/console.mjs';
import { install } from './prepare/install.mjs';
import { takeLock } from './prepare/lock.mjs';
import { PrepareError, say, signalChild } from './prepare/run.mjs';

const STEPS = [install, generate, build, buildConsole];
const SIGNALS = /** @type {const} */ ({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 });

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
for (const [signal, exitCode] of Object.entries(SIGNALS)) {
  process.on(signal, () => {
    signalChild(/** @type {NodeJS.Signals} */ (signal));
    process.exit(exitCode);
  });
}

try {
  checkNode();
  if (process.argv.includes('--build')) forgetBuild();
  if (!STEPS.every(isDone)) await runSteps();
} catch (error) {
  if (!(error instanceof PrepareError)) throw error;
  say(error.message);
  process.exitCode = 1;
}

async function runSteps() {
  const release = await takeLock('.cache/prepare.lock', (holder) =>
    say(`waiting for another run in this checkout (process ${holder})`),
  );
  process.on('exit', release);
  for (const step of STEPS) {
    // Asked again: whoever held the lock may have done it.
    if (isDone(step)) continue;
    say(step.title);
    // Taken before the step, so that what changes meanwhile is seen next time.
    const fingerprint = step.fingerprint();
    await step.run();
    mkdirSync(dirname(step.stamp), { recursive: true });
    writeFileSync(step.stamp, fingerprint);
  }
}

/** @param {import('./prepare/files.mjs').Step} step */
function isDone({ stamp, fingerprint, outputs }) {
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== fingerprint()) return false;
  return outputs().every((path) => existsSync(path));
}

function checkNode() {
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8'));
  const [wantedMajor, wantedMinor] = engines.node.match(/\d+/g).map(Number);
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new PrepareError(
    `Node ${process.versions.node} does not fit: this project needs ${engines.node}. Install one from https://nodejs.org.`,
  );
}
