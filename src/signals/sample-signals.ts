import type { Micros } from '../domain/time.ts';
import { judge } from '../domain/verdict.ts';
import type { Transaction } from '../flags/audit.ts';
import { ALL_SIGNALS } from './index.ts';
import type { Reader, Sample } from './signal.ts';

/**
 * Reads and judges all signals of some tenants, without writing anything: for each tenant one sample a signal, and
 * one for each of its suppliers.
 *
 * @param options.nowUs the moment to judge by; the database's clock unless given
 */
export async function readSignals(
  database: Reader,
  options: { tenants: readonly string[]; nowUs?: Micros },
): Promise<Sample[]> {
  const { tenants } = options;
  if (tenants.length === 0) return [];
  const nowUs = options.nowUs ?? (await databaseNow(database));
  const samples: Sample[] = [];
  for (const signal of ALL_SIGNALS) {
    for (const reading of await signal.read(database, { tenants, nowUs })) {
      samples.push({
        ...reading,
        signal: signal.name,
        verdict: judge(reading, signal.bound, signal.atLeast),
        sampledAtUs: nowUs,
      });
    }
  }
  return samples;
}

/** Writes samples down in one statement; may run in a transaction with what is concluded from them. */
export async function recordSamples(
  database: Pick<Transaction, 'signalSample'>,
  samples: readonly Sample[],
): Promise<void> {
  await database.signalSample.createMany({
    data: samples.map(({ tenant, supplier, signal, sampledAtUs, value, verdict, reason }) => ({
      tenantId: tenant,
      supplierId: supplier,
      signal,
      sampledAtUs,
      value,
      verdict,
      reason,
    })),
  });
}

/** Reads, judges and writes down all signals of some tenants. */
export async function sampleSignals(
  database: Reader & Pick<Transaction, 'signalSample'>,
  options: { tenants: readonly string[]; nowUs?: Micros },
): Promise<Sample[]> {
  const samples = await readSignals(database, options);
  await recordSamples(database, samples);
  return samples;
}

async function databaseNow(database: Reader): Promise<Micros> {
  const rows = await database.$queryRaw<{ now: bigint }[]>`SELECT now_us() AS now`;
  const now = rows[0]?.now;
  if (now === undefined) throw new Error('the database told no time');
  return now;
}
