import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';

// Each runs vitest in a process of its own.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
const kept = () => path.join(folder, 'kept');

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'catalog-sync-kept-logs-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a test file that has a data folder with a log, removed after its tests, as the product's tests have. */
function run(name: string, parts: { body: string; before?: string }): { output: string; dataDir: string } {
  const support = path.join(projectRoot(), 'test/support');
  const dataDir = path.join(folder, `data-${name}`);
  mkdirSync(path.join(dataDir, 'logs'), { recursive: true });
  writeFileSync(path.join(dataDir, 'logs/worker.log'), `the last words of ${name}\n`);
  writeFileSync(path.join(dataDir, 'postgres-password'), 'secret\n');
  writeFileSync(
    path.join(folder, `${name}.test.ts`),
    `import { afterAll, beforeAll, expect, it } from ${JSON.stringify(import.meta.resolve('vitest'))};
     import { discardFolder, watchLogs } from ${JSON.stringify(path.join(support, 'kept-logs.ts'))};
     beforeAll(() => { watchLogs(${JSON.stringify(dataDir)}); ${parts.before ?? ''} });
     afterAll(() => discardFolder(${JSON.stringify(dataDir)}));
     it('is tried', () => { ${parts.body} });`,
  );
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      path.join(projectRoot(), 'node_modules/vitest/vitest.mjs'),
      ...['run', '--config', path.join(projectRoot(), 'test/support/kept-logs.config.ts'), '--root', folder],
      `${name}.test.ts`,
    ],
    { encoding: 'utf8', env: { ...process.env, KEPT_LOGS: kept(), NO_COLOR: '1' } },
  );
  return { output: stdout + stderr, dataDir };
}

const keptOf = (name: string) =>
  existsSync(kept()) ? readdirSync(kept()).filter((entry) => entry.startsWith(`${name}-2`)) : [];

describe('a test that runs the product', () => {
  it('leaves nothing behind when it passes', () => {
    const { output, dataDir } = run('passes', { body: 'expect(1).toBe(1);' });
    expect(output).toContain('1 passed');
    expect([existsSync(dataDir), keptOf('passes')]).toEqual([false, []]);
  });

  it.each([
    ['fails', { body: 'expect(1).toBe(2);' }],
    ['breaks', { body: '', before: 'throw new Error("the worker ended with exit code 1");' }],
  ])('keeps its logs, and no more, when it %s, and says where', (name, parts) => {
    const { output, dataDir } = run(name, parts);
    const [entry = 'none'] = keptOf(name);
    const place = path.join(kept(), entry);
    expect(output).toContain(`kept in ${place}`);
    expect(readdirSync(path.join(place, `data-${name}`))).toEqual(['worker.log']);
    expect(readFileSync(path.join(place, `data-${name}/worker.log`), 'utf8')).toBe(
      `the last words of ${name}\n`,
    );
    expect(existsSync(dataDir)).toBe(false);
  });
});

describe('the folder of kept logs', () => {
  it('holds no more than the latest twenty', () => {
    for (let no = 0; no < 30; no += 1) mkdirSync(path.join(kept(), `old-${no}`), { recursive: true });
    run('fails', { body: 'expect(1).toBe(2);' });
    expect(readdirSync(kept())).toHaveLength(20);
    expect(keptOf('fails').length).toBeGreaterThan(0);
  });
});
