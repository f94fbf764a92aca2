import { expect, it } from 'vitest';
import type { Database } from '../../src/database/client.ts';
import { refusedDeliveries, type Refusal } from '../../src/intake/refused-deliveries.ts';

const MINUTE = 60_000_000n;
const REFUSAL: Refusal = {
  ...{ tenant: 'shop', supplier: 'acme', status: 401, code: 'not_signed', reason: 'no' },
  ...{ faults: [], bytes: null, signed: false },
};

/** What would be written: by supplier, how many were not written before. */
function watched() {
  const written: { supplier: unknown; unwritten: number }[] = [];
  const database = {
    $executeRaw: (_strings: unknown, _tenant: unknown, supplier: unknown, row: string) => {
      written.push({ supplier, unwritten: (JSON.parse(row) as { unwritten: number }).unwritten });
      return Promise.resolve(1);
    },
  } as unknown as Database;
  return { written, note: refusedDeliveries(database, () => undefined) };
}

it('of one supplier ten unsigned and thirty signed ones a minute are written, and the next one counts the others', () => {
  const { written, note } = watched();
  for (let no = 0; no < 100; no += 1) note(REFUSAL, 0n);
  expect(written).toHaveLength(10);
  for (let no = 0; no < 100; no += 1) note({ ...REFUSAL, signed: true }, 0n);
  expect(written).toHaveLength(40);
  expect(written[10]).toEqual({ supplier: 'acme', unwritten: 90 });
  note(REFUSAL, MINUTE);
  expect(written[40]).toEqual({ supplier: 'acme', unwritten: 70 });
});

it('of all suppliers together 300 unsigned ones a minute are written', () => {
  const { written, note } = watched();
  for (let no = 0; no < 1_000; no += 1) note({ ...REFUSAL, supplier: `s-${no}` }, 0n);
  expect(written).toHaveLength(300);
  note({ ...REFUSAL, signed: true }, 0n);
  expect(written).toHaveLength(301);
});

it('names that no supplier has are not looked up', () => {
  const { written, note } = watched();
  note({ ...REFUSAL, tenant: 'No Tenant' }, 0n);
  note({ ...REFUSAL, supplier: '' }, 0n);
  expect(written).toEqual([]);
});
