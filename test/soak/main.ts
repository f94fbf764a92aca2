import path from 'node:path';
import { replaceSection } from '../../bench/report/markdown.ts';
import { projectRoot } from '../../src/config/project-root.ts';
import { createProgressLine } from '../../src/process/progress-line.ts';
import { stopSignal } from '../../src/process/stop-signal.ts';
import { readOptions, type SoakOptions } from './options.ts';
import { reportText } from './report.ts';
import { runSoak } from './run-soak.ts';

/** 130: it was ended early, and nothing was wrong up to then. */
async function run(options: SoakOptions): Promise<0 | 1 | 130> {
  const { signal } = stopSignal();
  const progress = createProgressLine();
  const report = await runSoak(options, (doing) => progress.update(() => `soak: ${doing}`), signal);
  progress.clear();
  const text = reportText(report);
  console.log(text);
  if (report.findings.some(({ wrong }) => wrong.length > 0)) {
    console.error(
      `\nLogs and data are in ${report.folder}; the same draws: npm run soak -- --seed ${report.seed}`,
    );
    return 1;
  }
  if (options.write) {
    const command = [
      'npm run soak',
      ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : []),
    ].join(' ');
    const file = path.join(projectRoot(), 'docs/reliability.md');
    await replaceSection(file, 'soak', `\`${command}\`:\n\n\`\`\`text\n${text}\n\`\`\``);
  }
  return signal.aborted ? 130 : 0;
}

const options = readOptions(process.argv.slice(2));
if (options) process.exitCode = await run(options);
