import { usageOf } from './cpu.ts';
import { makeBurst, sendBurst } from './freshness.ts';
import { openParts } from './parts.ts';
import { figure } from './report/markdown.ts';
import { startOurs } from './subjects.ts';

/** What a burst costs until it is in the ledger, and whether that grows with what waits there: nothing is taken meanwhile. */
const ROUNDS = 3;

const cpu = (pid = 0): number => usageOf(pid)?.cpuSeconds ?? 0;

const parts = await openParts((line) => console.error(line));
try {
  const running = await startOurs(parts);
  const { server, worker } = running.processes;
  process.kill(Number(worker?.pid), 'SIGSTOP');
  try {
    for (let round = 1; round <= ROUNDS; round += 1) {
      const { sent } = makeBurst({ events: 10_000, items: 500 }, `I${round}`);
      const before = [performance.now() / 1_000, cpu(server?.pid), cpu(parts.postgres.pid)] as const;
      await sendBurst(running, sent);
      const after = [performance.now() / 1_000, cpu(server?.pid), cpu(parts.postgres.pid)] as const;
      const [wall, ofServer, ofPostgres] = after.map((value, no) => value - (before[no] ?? 0));
      console.log(
        `${figure(sent.length)} events behind ${figure((round - 1) * 10_000)}: ${wall?.toFixed(2)} s; ` +
          `CPU of the server ${ofServer?.toFixed(2)} s, of PostgreSQL ${ofPostgres?.toFixed(2)} s`,
      );
    }
  } finally {
    process.kill(Number(worker?.pid), 'SIGCONT');
  }
  await running.stop();
} finally {
  await parts.close();
}
