import path from 'node:path';
import process from 'node:process';
import { replaceSection } from '../../bench/report/markdown.ts';
import { projectRoot } from '../../src/config/project-root.ts';
import { run } from './engine/run.ts';
import { runDeployment } from './run-deployment.ts';
import { createSteps, stepTable } from './steps.ts';

const EVENTS = 1_000;
const FULL = 5_000;
const INTERRUPTED = 130;

const flags = new Set(process.argv.slice(2));
for (const flag of flags) {
  if (['--write', '--full'].includes(flag)) continue;
  console.error(
    `unknown: ${flag}. npm run test:deployment -- [--full: ${FULL} events] [--write: the table into docs/running.md]`,
  );
  process.exit(2);
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!stop.signal.aborted) console.error(`${signal}: taking everything away; this takes a while`);
    stop.abort(new Error(`ended by ${signal}`));
  });
}

const events = Number(process.env.DEPLOYMENT_EVENTS ?? (flags.has('--full') ? FULL : EVENTS));
const seed = Number(process.env.DEPLOYMENT_SEED ?? Math.floor(Math.random() * 1_000_000));
const steps = createSteps();
steps.say(`DEPLOYMENT_EVENTS=${events} DEPLOYMENT_SEED=${seed}`);
let failed = false;
try {
  await runDeployment(steps, { events, seed, signal: stop.signal });
} catch (error) {
  failed = true;
  console.error((error as Error).message);
}
console.log(`\n${stepTable(steps.results)}`);
if (stop.signal.aborted) process.exitCode = INTERRUPTED;
else if (failed) process.exitCode = 1;
else if (flags.has('--write')) {
  const text = `Run on ${new Date().toISOString().slice(0, 10)}:\n\n${stepTable(steps.results)}`;
  const page = path.join(projectRoot(), 'docs/running.md');
  await replaceSection(page, 'deployment', text);
  await run(path.join(projectRoot(), 'node_modules/.bin/prettier'), ['--write', page]);
}
