import { measureLatency } from './latency.ts';
import { openParts } from './parts.ts';
import { subjectsFor } from './subjects.ts';
import { measureThroughput } from './throughput.ts';

// npx tsx probe.ts 'ours,ceiling' SECONDS ROUNDS
const [names = 'ours', seconds = '10', rounds = '1'] = process.argv.slice(2);
const parts = await openParts((line) => console.error(line));
try {
  for (let round = 1; round <= Number(rounds); round += 1) {
    for (const name of names.split(',')) {
      const subject = subjectsFor(parts).find((one) => one.name === name);
      if (!subject) throw new Error(name);
      const running = await subject.start();
      try {
        if (subject.publishes) {
          await measureLatency(parts, running, {
            prefix: `w${round}${name.slice(0, 3)}`,
            perSecond: 10,
            count: 10,
          });
          const latency = await measureLatency(parts, running, {
            prefix: `l${round}${name.slice(0, 3)}`,
            perSecond: 5,
            count: 20,
          });
          console.log(name, JSON.stringify(latency));
        }
        const result = await measureThroughput(parts, running, {
          prefix: `t${round}${name.slice(0, 3)}`,
          warmupSeconds: 3,
          seconds: Number(seconds),
        });
        console.log(
          name,
          result.eventsPerSecond.toFixed(1),
          JSON.stringify(result.cpuPerEvent, (_k, v) =>
            typeof v === 'number' ? Number((v * 1000).toFixed(1)) : v,
          ),
        );
      } finally {
        await running.stop();
      }
    }
  }
} finally {
  if (process.env.KEEP) console.error(parts.folder, 'kept');
  await parts.close();
}
