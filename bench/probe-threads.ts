import { openParts } from './parts.ts';
import { subjectsFor } from './subjects.ts';
import { measureThroughput } from './throughput.ts';
import { threadsOf } from './threads.ts';
const parts = await openParts((line) => console.error(line));
try {
  for (const name of (process.argv[2] ?? 'ceiling,ours').split(',')) {
    const s = subjectsFor(parts).find((x) => x.name === name)!;
    const r =
      name === 'ours'
        ? await (
            await import('./subjects.ts')
          ).startOurs(parts, { nodeOptions: (process.env.NODE_EXTRA ?? '').split(' ').filter(Boolean) })
        : await s.start();
    const pid = r.processes.worker!.pid;
    const d0 = await r.done();
    const t0 = threadsOf(pid);
    const p0 = threadsOf(parts.temporal.pid);
    const res = await measureThroughput(parts, r, {
      prefix: 'x' + name.slice(0, 3),
      warmupSeconds: 2,
      seconds: Number(process.argv[3] ?? 10),
    });
    const t1 = threadsOf(pid);
    const p1 = threadsOf(parts.temporal.pid);
    const n = (await r.done()) - d0;
    console.log(
      name,
      res.eventsPerSecond.toFixed(1),
      n,
      Object.entries(res.cpuPerEvent)
        .map(([k, v]) => `${k} ${(v * 1000).toFixed(1)}`)
        .join(', '),
    );
    for (const [k, v] of Object.entries(t1))
      if ((v - (t0[k] ?? 0)) / n > 0.0001)
        console.log('   ', k, (((v - (t0[k] ?? 0)) / n) * 1000).toFixed(2));
    await r.stop();
  }
} finally {
  await parts.close();
}
