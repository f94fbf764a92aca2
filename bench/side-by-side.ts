import { untilCalm } from './calm.ts';
import { measureHistories, type Histories } from './histories.ts';
import { measureLatency, type Latency } from './latency.ts';
import type { BenchOptions } from './options.ts';
import type { Parts } from './parts.ts';
import type { Subject } from './subject.ts';
import { subjectsFor } from './subjects.ts';
import { measureThroughput, type Throughput } from './throughput.ts';

/** What one round says of a subject. */
export interface Round extends Throughput {
  round: number;
  idle?: Latency;
  halfLoad?: Latency;
}

export interface Measured {
  name: string;
  rounds: Round[];
  /** Why there are no figures, or fewer. */
  faults: string[];
  histories: Histories[];
}

const IDLE_PER_SECOND = 10;

/**
 * Measures all subjects, one at a time, in rounds, each second one in reverse: what the machine does besides, and
 * whether it gets slower, then meets all of them. Only rates of the same round are held against each other.
 */
export async function measureSideBySide(
  parts: Parts,
  options: BenchOptions,
  say: (line: string) => void,
): Promise<Measured[]> {
  const subjects = subjectsFor(parts).filter(
    ({ name }) => options.only.length === 0 || options.only.includes(name),
  );
  const measured = new Map<string, Measured>(
    subjects.map(({ name }) => [name, { name, rounds: [], faults: [], histories: [] }]),
  );
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const subject of round % 2 === 0 ? subjects.toReversed() : subjects) {
      const into = measured.get(subject.name);
      try {
        const { result, histories } = await measureRound(parts, subject, round, options);
        into?.rounds.push(result);
        into?.histories.push(...histories);
        say(
          `round ${round}: ${subject.name.padEnd(18)}${result.eventsPerSecond.toFixed(1).padStart(8)} events/s`,
        );
      } catch (error) {
        const words = error instanceof Error ? error.message : String(error);
        into?.faults.push(`round ${round}: ${words.split('\n')[0]}`);
        say(`round ${round}: ${subject.name} failed: ${words}`);
      }
    }
  }
  return [...measured.values()];
}

async function measureRound(
  parts: Parts,
  subject: Subject,
  round: number,
  options: BenchOptions,
): Promise<{ result: Round; histories: Histories[] }> {
  await untilCalm(parts, options.calmSeconds);
  const running = await subject.start();
  const prefix = `${subject.name.replaceAll(/\W/g, '').toLowerCase()}-r${round}`;
  try {
    const throughput = await measureThroughput(parts, running, { prefix: `${prefix}t`, ...options });
    if (subject.publishes) await untilCalm(parts, options.calmSeconds);
    const idle = subject.publishes
      ? await measureLatency(parts, running, {
          prefix: `${prefix}i`,
          perSecond: IDLE_PER_SECOND,
          count: options.idleEvents,
        })
      : undefined;
    const perSecond = throughput.eventsPerSecond / 2;
    const halfLoad = subject.publishes
      ? await measureLatency(parts, running, {
          prefix: `${prefix}h`,
          perSecond,
          count: Math.ceil(perSecond * options.halfLoadSeconds),
        })
      : undefined;
    const histories = round === 1 ? await measureHistories(parts, subject.name, running) : [];
    return {
      result: { round, ...throughput, ...(idle && { idle }), ...(halfLoad && { halfLoad }) },
      histories,
    };
  } finally {
    await running.stop();
  }
}
