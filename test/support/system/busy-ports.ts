import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** A process that opens 200 connections a second, each from a port that the system chooses. */
export async function takePortsAllTheTime(): Promise<{ opened(): number; stop(): Promise<void> }> {
  const child = fork(path.join(import.meta.dirname, 'open-connections.mjs'), { execArgv: [] });
  let opened = 0;
  child.on('message', (count) => (opened = Number(count)));
  await once(child, 'message');
  return {
    opened: () => opened,
    stop: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}
