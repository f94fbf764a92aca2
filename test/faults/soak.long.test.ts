import { describe, expect, it } from 'vitest';
import { say } from '../support/faults/parts.ts';
import { reportText } from '../soak/report.ts';
import { runSoak } from '../soak/run-soak.ts';

const SEED = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 1_000_000));
const LIMIT_MS = 900_000;

// `npm run soak` in small. It takes minutes, and much of two cores: CI has them.
describe.runIf(process.env.CI ?? process.env.SOAK)('a short soak', () => {
  it(
    'ends with the catalog, the pages and the traces that the events ask for',
    async () => {
      say(`FAULT_SEED=${SEED}`);
      const options = { minutes: 1, seed: SEED, perSecond: 10 };
      const report = await runSoak(options, () => undefined, new AbortController().signal);
      say(`\n${reportText(report)}`);
      expect(report.findings.flatMap(({ wrong }) => wrong)).toEqual([]);
      expect(report.recoveries.length).toBeGreaterThan(0);
      expect(report.counts.get('events acknowledged')).toBeGreaterThan(100);
    },
    LIMIT_MS,
  );
});
