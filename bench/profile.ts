import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { openParts } from './parts.ts';
import { countFunctions, difference, functionsOf, storeCallsOf, type Work } from './server-work.ts';
import { startOurs } from './subjects.ts';
import { threadsOf } from './threads.ts';
import { measureThroughput } from './throughput.ts';

interface Profile {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
    children?: number[];
  }[];
  samples: number[];
  timeDeltas: number[];
}

/** Where a profile's time went: by package or source folder, ms of CPU. */
function byPlace(
  profile: Profile,
  key: (frame: Profile['nodes'][number]['callFrame']) => string,
): Map<string, number> {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const times = new Map<string, number>();
  for (const [index, id] of profile.samples.entries()) {
    const frame = nodes.get(id)?.callFrame;
    if (!frame) continue;
    const place = key(frame);
    times.set(place, (times.get(place) ?? 0) + (profile.timeDeltas[index] ?? 0) / 1000);
  }
  return times;
}

const place = (frame: { functionName: string; url: string }): string => {
  const { url, functionName } = frame;
  if (url === '') return functionName;
  const dependency = /node_modules\/((?:@[^/]+\/)?[^/]+)(?!.*node_modules)/.exec(url)?.[1];
  if (dependency) return dependency;
  return url.startsWith('node:') ? url : url.replace(/^.*\/dist\//, 'dist/');
};

const seconds = Number(process.argv[2] ?? 15);
const parts = await openParts((line) => console.error(line));
const folder = path.join(parts.folder, 'profiles');
mkdirSync(folder);
try {
  const database = await parts.databaseOf('ours');
  await countFunctions(database);
  const running = await startOurs(parts, { nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${folder}`] });
  const before = { store: await storeCallsOf(parts), functions: await functionsOf(database) };
  const result = await measureThroughput(parts, running, { prefix: 'p', warmupSeconds: 3, seconds });
  const events = await running.done();
  console.log('threads of the worker, ms an event');
  for (const [name, cpu] of Object.entries(threadsOf(running.processes.worker?.pid ?? 0))) {
    console.log(`${((cpu * 1000) / events).toFixed(2).padStart(8)}  ${name}`);
  }
  const printWork = (title: string, work: [string, Work][]): void => {
    console.log(`\n${title}: calls and ms an event`);
    for (const [name, { calls, ms }] of work.slice(0, 16)) {
      const figures = [calls, ms]
        .map((value) => (value === undefined ? '' : (value / events).toFixed(2)).padStart(8))
        .join('');
      console.log(`${figures}  ${name}`);
    }
  };
  printWork('Temporal to its store', difference(before.store, await storeCallsOf(parts)));
  printWork('functions of PostgreSQL', difference(before.functions, await functionsOf(database)));
  await running.stop();
  console.log(JSON.stringify(result), events);
  for (const file of readdirSync(folder)) {
    const profile = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Profile;
    const print = (title: string, times: Map<string, number>, count: number): void => {
      console.log(`\n${file} ${title} (ms an event)`);
      for (const [name, ms] of [...times].toSorted((a, b) => b[1] - a[1]).slice(0, count)) {
        console.log(`${(ms / events).toFixed(2).padStart(8)}  ${name}`);
      }
    };
    print('by place', byPlace(profile, place), 22);
    print(
      'by function',
      byPlace(profile, (f) => `${f.functionName} ${place(f)}:${f.lineNumber}`),
      28,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
  await parts.close();
}
