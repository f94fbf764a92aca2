import type { Database } from '../database/client.ts';
import { NAME } from '../domain/identity.ts';
import { printable } from '../domain/safe-text.ts';
import type { Micros } from '../domain/time.ts';
import { redactLine } from '../telemetry/redact.ts';
import { createRateLimits } from './rate-limits.ts';

/** What is wrong with a field or a header; never its value as a whole. */
export interface RefusedFault {
  pointer?: string | undefined;
  header?: string | undefined;
  detail: string;
}

/** A delivery that was not taken, and what its sender was told. */
export interface Refusal {
  tenant: string;
  supplier: string;
  status: number;
  code: string;
  reason: string;
  faults: RefusedFault[];
  /** Of the body; null: it was not read. */
  bytes: number | null;
  /** Whether the supplier sent it; else anybody may have. */
  signed: boolean;
}

/** Of a supplier, so many are written down in a minute; the next one that is says how many were not. */
const SIGNED_A_MINUTE = 30;
const UNSIGNED_A_MINUTE = 10;
/** Of all suppliers together: whoever sends unsigned requests can name them all. */
const UNSIGNED_OF_ALL_A_MINUTE = 300;
const MOST_NAMES = 10_000;

const FAULTS = 5;
const LONGEST_POINTER = 100;
const LONGEST_DETAIL = 200;
const LONGEST_REASON = 500;

/**
 * Writes down which deliveries were refused, for whoever sends them: some, when they are many. Nobody waits for it.
 *
 * @param onFailed told when one could not be written
 * @returns takes a refusal; `now` in µs, of a clock that is not set
 */
export function refusedDeliveries(
  database: Database,
  onFailed: (error: unknown) => void,
): (refusal: Refusal, now: Micros) => void {
  const limits = createRateLimits({ most: MOST_NAMES });
  const unwritten = new Map<string, number>();

  const isOneOfMany = ({ signed }: Refusal, key: string, now: Micros): boolean => {
    if (signed) return limits.take(`signed ${key}`, SIGNED_A_MINUTE, now) > 0;
    if (limits.take(`unsigned ${key}`, UNSIGNED_A_MINUTE, now) > 0) return true;
    return limits.take('unsigned', UNSIGNED_OF_ALL_A_MINUTE, now) > 0;
  };

  return (refusal, now) => {
    const { tenant, supplier } = refusal;
    // Such a name exists nowhere.
    if (!NAME.test(tenant) || !NAME.test(supplier)) return;
    const key = `${tenant}/${supplier}`;
    const before = unwritten.get(key) ?? 0;
    if (isOneOfMany(refusal, key, now)) {
      if (before > 0 || unwritten.size < MOST_NAMES) unwritten.set(key, before + 1);
      return;
    }
    unwritten.delete(key);
    void write(database, refusal, before).catch(onFailed);
  };
}

async function write(database: Database, refusal: Refusal, unwritten: number): Promise<void> {
  const { tenant, supplier, status, code, bytes, signed, faults } = refusal;
  const row = JSON.stringify({
    ...{ status, code, bytes, signed, unwritten },
    reason: shown(refusal.reason, LONGEST_REASON),
    faults: faults.slice(0, FAULTS).map(({ pointer, header, detail }) => ({
      ...(pointer !== undefined && { pointer: shown(pointer, LONGEST_POINTER) }),
      ...(header !== undefined && { header: shown(header, LONGEST_POINTER) }),
      detail: shown(detail, LONGEST_DETAIL),
    })),
    faultsTotal: faults.length,
  });
  await database.$executeRaw`SELECT record_refused_delivery(${tenant}, ${supplier}, ${row}::jsonb)`;
}

/** A name of a field is the sender's own text: nothing that the database does not take, and no secret by mistake. */
function shown(text: string, most: number): string {
  const line = redactLine(printable(text));
  return line.length <= most ? line : `${line.slice(0, most - 1).toWellFormed()}…`;
}
