import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readFiles } from './feeds/read-files.ts';
import { measureFreshness, type Freshness } from './freshness.ts';
import { measureGrowth } from './growth/measure.ts';
import { readOptions, type BenchOptions } from './options.ts';
import { openParts } from './parts.ts';
import { freshnessPlot, freshnessTable } from './report/freshness.ts';
import { machine } from './report/machine.ts';
import { replaceSection } from './report/markdown.ts';
import {
  cpuTable,
  faultLines,
  historyTable,
  storeTable,
  latencyPlot,
  latencyTable,
  throughputPlot,
  throughputTable,
} from './report/side-by-side.ts';
import { measureRest } from './rest.ts';
import { measureSideBySide, type Measured } from './side-by-side.ts';

const DOCS = path.resolve(import.meta.dirname, '../docs');
const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

async function run(options: BenchOptions): Promise<void> {
  const command = [
    'npm run bench',
    ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : []),
  ].join(' ');
  const where = `\`${command}\` on ${machine()}.`;
  const parts = await openParts(say, options);
  const stop = (): void => {
    void parts.close().finally(() => process.exit(130));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    if (options.sideBySide) {
      const rest = options.temporal === 'postgres' ? `${where} ${await measureRest(parts)}` : where;
      await reportSideBySide(await measureSideBySide(parts, options, say), rest, options);
    }
    if (options.freshness) await reportFreshness(await measureFreshness(parts, options, say), where, options);
    if (options.growth) await measureGrowth(parts, { ...options, where, docs: DOCS, say });
  } finally {
    await parts.close();
  }
}

async function reportFreshness(measured: Freshness[], where: string, { write }: BenchOptions): Promise<void> {
  const text = `${where}\n\n${freshnessTable(measured)}`;
  console.log(text);
  if (!write) return;
  await replaceSection(path.join(DOCS, 'performance.md'), 'freshness', text);
  await writeFile(path.join(DOCS, 'plots/freshness.svg'), freshnessPlot(measured));
}

async function reportSideBySide(measured: Measured[], where: string, options: BenchOptions): Promise<void> {
  const sections = {
    throughput: `${where}\n\n${throughputTable(measured)}`,
    latency: latencyTable(measured),
    cpu: cpuTable(measured),
    history: historyTable(measured),
  };
  const store = options.temporal === 'postgres' ? storeTable(measured) : undefined;
  const all = [
    sections.throughput,
    `From POST to accepted, ms:\n\n${sections.latency}`,
    `CPU time an event, ms:\n\n${sections.cpu}`,
    ...(store ? [`An event in PostgreSQL:\n\n${store}`] : [sections.history]),
  ].join('\n\n');
  console.log(all);
  const faults = faultLines(measured);
  if (faults.length > 0) console.log(`\nNot measured:\n${faults.join('\n')}`);
  if (!options.write) return;
  const file = path.join(DOCS, 'performance.md');
  if (store) {
    await replaceSection(file, 'temporal-on-postgres', all);
    return;
  }
  for (const [name, text] of Object.entries(sections)) await replaceSection(file, name, text);
  await mkdir(path.join(DOCS, 'plots'), { recursive: true });
  await writeFile(path.join(DOCS, 'plots/throughput.svg'), throughputPlot(measured));
  await writeFile(path.join(DOCS, 'plots/latency.svg'), latencyPlot(measured));
}

const options = readOptions(process.argv.slice(2));
if (options?.feeds) console.log(await readFiles(say));
else if (options) await run(options);
