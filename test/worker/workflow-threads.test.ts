import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import workerThreads from 'node:worker_threads';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { preloadWorkflowThreads } from '../../src/worker/workflow-threads.ts';

const { Worker } = workerThreads;
beforeAll(() => {
  preloadWorkflowThreads();
});
afterAll(() => {
  workerThreads.Worker = Worker;
});

const answerOf = async (file: string): Promise<unknown> => {
  const thread = new workerThreads.Worker(new URL(`threads/${file}`, import.meta.url));
  try {
    const [answer] = (await once(thread, 'message')) as [unknown];
    return answer;
  } finally {
    await thread.terminate();
  }
};

test('workflow code that has loops keeps its time limit, and calls of nothing but the SDK have none', async () => {
  expect(await answerOf('workflow-worker-thread.js')).toEqual({
    activate: true,
    'activate of a workflow with loops': true,
    'activate of one without': false,
    unknown: true,
    conditions: true,
    'conditions of another shape': true,
    'no conditions': false,
    concludeActivation: false,
    dispose: false,
  });
});

// Node takes none of its own options for a thread when it is given some, and would refuse to start it.
test('a process that was started with options of its own has workflow threads, too', async () => {
  const before = process.execArgv;
  process.execArgv = ['--max-old-space-size=2048', '--title=worker'];
  try {
    expect(await answerOf('workflow-worker-thread.js')).toMatchObject({ activate: true, dispose: false });
  } finally {
    process.execArgv = before;
  }
});

test('other threads of the process are as they were', async () => {
  expect(await answerOf('another-thread.js')).toMatchObject({ concludeActivation: true });
});

// Otherwise all limits would stay, and nobody would notice.
test("the SDK's names are still those that are gone by", () => {
  const sdk = createRequire(import.meta.resolve('@temporalio/worker'));
  const text = (file: string): string => readFileSync(sdk.resolve(`./workflow/${file}`), 'utf8');
  expect(text('threaded-vm.js')).toMatch(
    /new node_worker_threads_1\.Worker\(require\.resolve\('\.\/workflow-worker-thread'\)\)/,
  );
  expect(text('reusable-vm.js')).toContain('context.__temporal_args = [holder, fn, args]');
  expect(text('reusable-vm.js')).toContain('callIntoVmScript.runInContext(context');
  expect(text('reusable-vm.js')).toMatch(/workflowModule\.initRuntime\(\{\s*\.\.\.options,/);
  const calls = [...text('vm-shared.js').matchAll(/this\.workflowModule\.(\w+)\(/g)].map(([, call]) => call);
  expect(new Set(calls)).toEqual(
    new Set(['initialize', 'activate', 'concludeActivation', 'tryUnblockConditions']),
  );
});
