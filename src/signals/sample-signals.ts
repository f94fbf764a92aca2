import { databaseNow } from '../database/clock.ts';
import type { Transaction } from '../database/client.ts';
import { MANUAL_SUPPLIER } from '../domain/identity.ts';
import type { Micros } from '../domain/time.ts';
import { judgeValue } from '../domain/verdict.ts';
import { ALL_SIGNALS } from './index.ts';
import type { Reader, Reading, Sample } from './signal.ts';

interface Options {
  tenants: readonly string[];
  /** The moment to judge by; the database's clock unless given. */
  nowUs?: Micros | undefined;
}

/**
 * Reads and judges all signals of some tenants, without writing anything: for each tenant one sample a signal, and
 * one for each of its suppliers. One query a signal, however many tenants. Who has nothing to read is `inconclusive`;
 * unknown tenants are left out.
 */
export async function readSignals(database: Reader, options: Options): Promise<Sample[]> {
  const { tenants } = options;
  if (tenants.length === 0) return [];
  const nowUs = options.nowUs ?? (await databaseNow(database));
  const subjects = await readSubjects(database, tenants);
  const samples: Sample[] = [];
  for (const signal of ALL_SIGNALS) {
    const readings = new Map<string, Reading>();
    for (const reading of await signal.read(database, { tenants, nowUs }))
      readings.set(key(reading), reading);
    for (const subject of subjects) {
      const reading = readings.get(key(subject));
      // Nobody waits for manual fixes: the pseudo-supplier is listed only when there is something to say.
      if (!reading && subject.supplier === MANUAL_SUPPLIER) continue;
      const { tenant, supplier } = subject;
      const said = reading ?? {
        tenant,
        supplier,
        value: null,
        of: 0,
        reason: nothing(subject, signal.noData),
      };
      samples.push({
        ...said,
        signal: signal.name,
        verdict: judgeValue(said, signal.bound, signal.atLeast),
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
  if (samples.length === 0) return;
  await database.signalSample.createMany({
    data: samples.map(({ tenant, supplier, signal, sampledAtUs, value, verdict, reason, storefronts }) => ({
      tenantId: tenant,
      supplierId: supplier,
      signal,
      sampledAtUs,
      value,
      verdict,
      reason,
      ...(storefronts && { storefronts: storefronts.map((one) => ({ ...one })) }),
    })),
  });
}

interface Subject {
  tenant: string;
  supplier: string | null;
  flows: boolean;
}

async function readSubjects(database: Reader, tenants: readonly string[]): Promise<Subject[]> {
  return database.$queryRaw<Subject[]>`
    SELECT t.id AS tenant, NULL AS supplier, t.state <> 'closed' AS flows
      FROM tenant t WHERE t.id = ANY (${[...tenants]}::text[])
     UNION ALL
    SELECT f.tenant_id, f.supplier_id, f.flows FROM supplier_flow(${[...tenants]}::text[]) f
     ORDER BY tenant, supplier NULLS FIRST`;
}

const key = ({ tenant, supplier }: { tenant: string; supplier: string | null }): string =>
  `${tenant}/${supplier ?? ''}`;

function nothing({ supplier, flows }: Subject, noData: string): string {
  if (flows) return noData;
  return `The ${supplier === null ? 'tenant' : 'flow of the supplier'} is closed: its events are held. ${noData}`;
}
