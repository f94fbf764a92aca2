import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { spawnGated } from '../../src/embedded/child.ts';
import { identityOf } from '../../src/embedded/process-identity.ts';
import { readRunFile, readRunning, writeRunFile, type RunFile } from '../../src/embedded/run-file.ts';
import { AlreadyRunningError, openSupervisor } from '../../src/embedded/supervisor.ts';
import { bystander, isGone, openForTest, parentProcess, scratchFolder, untilGone } from './scratch.ts';

const recordedStart = (pid: number, identity: string): RunFile['start'] => ({
  pid,
  identity,
  startedAt: new Date(0).toISOString(),
  ports: {},
  urls: {},
});

const twoSleepers = `
  const supervisor = await open(dataDir);
  const a = supervisor.spawn('a', 'sleep', ['300'], {});
  const b = supervisor.spawn('b', 'sleep', ['300'], {});
  report({ pids: [a.pid, b.pid] });`;

describe('an orderly end', () => {
  test('stops the children, the last started first, and leaves no record', async () => {
    const dataDir = scratchFolder();
    const supervisor = await openForTest(dataDir);
    const order = path.join(dataDir, 'order');
    const untilTold = `trap 'echo $0 >> ${order}; exit 0' TERM; echo up >> ${order}; while :; do sleep 0.05; done`;
    const names = ['first', 'second', 'third'];
    const children = names.map((name) => supervisor.spawn(name, 'sh', ['-c', untilTold, name], {}));
    await expect
      .poll(() => existsSync(order) && readFileSync(order, 'utf8'), { timeout: 10_000 })
      .toBe('up\nup\nup\n');
    await supervisor.close();
    expect(readFileSync(order, 'utf8')).toBe('up\nup\nup\nthird\nsecond\nfirst\n');
    expect(children.map(({ pid }) => isGone(pid))).toEqual([true, true, true]);
    expect(await Promise.all(children.map(({ exited }) => exited))).toEqual(Array(3).fill('exit code 0'));
    expect(readRunFile(dataDir)).toBeUndefined();
  });

  test('kills a child that does not heed the signal, with all of its group', async () => {
    const supervisor = await openForTest(scratchFolder());
    const deaf = supervisor.spawn('deaf', 'sh', ['-c', "trap '' TERM; while :; do sleep 0.1; done"], {
      stopSteps: [{ signal: 'SIGTERM', patienceMs: 200 }],
    });
    await deaf.stop();
    expect(await deaf.exited).toMatch(/^signal SIG(KILL|TERM)$/);
    expect(isGone(deaf.pid)).toBe(true);
  });

  test('ends a program that runs to its end, and starts nothing more', async () => {
    const supervisor = await openForTest(scratchFolder());
    const long = supervisor.run('long', 'sleep', ['300']).catch((error: unknown) => error);
    await supervisor.stopAll();
    expect(await long).toMatchObject({ message: 'long was stopped' });
    expect(() => supervisor.spawn('late', 'sleep', ['1'], {})).toThrow('everything is being stopped');
  });
});

describe('a parent that is killed', () => {
  test('leaves no child behind: the warden stops them', async () => {
    const dataDir = scratchFolder();
    const parent = await parentProcess(dataDir, twoSleepers);
    expect(parent.report.pids.some(isGone)).toBe(false);
    await parent.kill();
    await untilGone(...parent.report.pids);
  });

  test('and its warden too: the next start stops what is left', async () => {
    const dataDir = scratchFolder();
    const left = await bystander();
    const identity = identityOf(left.pid) ?? '';
    const stopSteps = [{ signal: 'SIGTERM' as const, patienceMs: 5_000 }];
    writeRunFile(dataDir, {
      start: recordedStart(2 ** 22 + 1, 'long gone'),
      children: [{ name: 'left', pid: left.pid, identity, stopSteps }],
    });
    expect(readRunning(dataDir)).toBeUndefined();
    await openForTest(dataDir);
    expect(isGone(left.pid)).toBe(true);
    expect(readRunFile(dataDir)).toMatchObject({ start: { pid: process.pid }, children: [] });
  });

  test('lets the next start begin at once, which the old warden leaves alone', async () => {
    const dataDir = scratchFolder();
    const parent = await parentProcess(dataDir, twoSleepers);
    await parent.kill();
    const supervisor = await openForTest(dataDir);
    expect(parent.report.pids.every(isGone)).toBe(true);
    const child = supervisor.spawn('new', 'sleep', ['300'], {});
    expect(child.isAlive()).toBe(true);
  });

  test('before its child was recorded: the program never runs', async () => {
    const file = path.join(scratchFolder(), 'ran');
    const { process: child } = spawnGated('touch', [file]);
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stdio[3]?.destroy();
    await new Promise((resolve) => child.once('exit', resolve));
    expect(child.exitCode).toBe(1);
    expect(existsSync(file)).toBe(false);
  });
});

test('a pid that went to another process is not signalled', async () => {
  const dataDir = scratchFolder();
  const stranger = await bystander();
  const former = { pid: stranger.pid, identity: 'the same pid, but born before' };
  writeRunFile(dataDir, {
    start: recordedStart(former.pid, former.identity),
    children: [{ ...former, name: 'left', stopSteps: [{ signal: 'SIGTERM', patienceMs: 100 }] }],
  });
  await openForTest(dataDir);
  expect(isGone(stranger.pid)).toBe(false);
});

test('a second start on the same data folder is refused by the pid of the first, and changes nothing', async () => {
  const dataDir = scratchFolder();
  const parent = await parentProcess(dataDir, twoSleepers);
  const error = await openSupervisor(dataDir).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(AlreadyRunningError);
  expect((error as Error).message).toContain(`a start with pid ${parent.pid} `);
  expect(parent.report.pids.some(isGone)).toBe(false);
  await parent.kill();
  await untilGone(...parent.report.pids);
});

test('of several starts at the same moment, one gets the data folder', async () => {
  const dataDir = scratchFolder();
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => openForTest(dataDir)));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('other commands find a start that runs, and where its parts listen', async () => {
  const dataDir = scratchFolder();
  expect(readRunning(dataDir)).toBeUndefined();
  const supervisor = await openForTest(dataDir);
  supervisor.record({ ports: { api: 8080 } });
  supervisor.record({ urls: { console: 'http://127.0.0.1:8080/' }, outgoingAllow: '127.0.0.0/8' });
  expect(readRunning(dataDir)).toMatchObject({
    pid: process.pid,
    ports: { api: 8080 },
    urls: { console: 'http://127.0.0.1:8080/' },
    outgoingAllow: '127.0.0.0/8',
  });
  await supervisor.close();
  expect(readRunning(dataDir)).toBeUndefined();
});

test('a run.json that can not be read is as good as none', async () => {
  const dataDir = scratchFolder();
  writeFileSync(path.join(dataDir, 'run.json'), '{"start":');
  await openForTest(dataDir);
  expect(readRunning(dataDir)).toMatchObject({ pid: process.pid });
});
