import { afterAll, afterEach, inject, vi, type RunnerTask } from 'vitest';
import { forgetLogs, keepLogs, watchLogs } from './kept-logs.ts';

// Set up before each test file: what its tests ran is asked for logs when one fails, and forgotten when none does.

const shared = inject('partsFolder');
if (shared !== undefined) watchLogs(shared);

const told = new Set<unknown>();

afterEach(({ task }) => {
  if (task.result?.state === 'fail') keepLogsOf(task);
});

// Registered before those of the file, and so run after them: also for what broke before the first test.
// oxlint-disable-next-line no-empty-pattern -- the first argument has to be a pattern of fixtures
afterAll(({}, suite) => {
  for (const task of failures(suite)) keepLogsOf(task);
  forgetLogs();
  // The next file runs in the same process.
  vi.unstubAllEnvs();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The report of a failure prints its message, and so says where the logs are. */
function keepLogsOf(task: RunnerTask): void {
  const folder = keepLogs(task.file.name);
  const error = task.result?.errors?.[0];
  if (folder === undefined || !error || told.has(error)) return;
  told.add(error);
  error.message += `\nlogs are kept in ${folder}`;
}

function failures(task: RunnerTask): RunnerTask[] {
  const own = task.result?.state === 'fail' && task.result.errors?.length ? [task] : [];
  return task.type === 'suite' ? [...own, ...task.tasks.flatMap(failures)] : own;
}
